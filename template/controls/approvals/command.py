"""Sign the tree that lies here in the name of a role, or check who has.

Decides who signs: the person of the role whose public key in ai-workflow.yaml is that of `--key`.
"""

import argparse
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from controls import actions, catalogue, manifest, verdict
from controls.approvals import checks, people, ssh, statement, tree
from controls.approvals.history import in_force
from controls.approvals.statement import Statement
from controls.check.model import Context, State
from controls.decisions import record
from controls.errors import ControlsError
from controls.forge import here
from controls.manifest import Manifest, Principal
from controls.parser import day, moment
from controls.report import Report


def configure(parser: argparse.ArgumentParser) -> None:
    """Add `sign`, `check` and `list` to `parser`."""
    add = actions.of(parser, "sign", "check", "list")
    sign = add("sign", "sign this exact tree with your SSH key")
    sign.add_argument("--role", required=True, help="the role in whose name you sign")
    sign.add_argument("--key", required=True, type=Path, metavar="PATH", help="your SSH key")
    sign.add_argument("--decision", metavar="RECORD", help="default: the newest decision record")
    sign.add_argument(
        "--expires",
        type=day,
        metavar="DAY",
        help=f"default: in {statement.DAYS} days",
    )
    check = add("check", "who has approved this exact tree?")
    check.add_argument("--base", metavar="SHA", help="the commit that names who may approve")
    check.add_argument(
        "--required", action="store_true", help="1 also when a named approver has not approved"
    )
    listed = add("list", "who approved what ran: by what evidence, from when until when")
    listed.add_argument(
        "--at", type=moment, metavar="MOMENT", help="only what was in force then, ISO 8601, UTC"
    )
    listed.add_argument(
        "--path", default="", metavar="PATH", help="only roles that answer for this file"
    )
    listed.add_argument(
        "--forge", action="store_true", help="also reviews of merged proposals ($GH_TOKEN)"
    )
    for action in (sign, check):
        action.add_argument("--today", type=day, metavar="DAY", help="default: today")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action on the approvals of the repository at `root`."""
    if args.action == "list":
        return _list(root, args)
    today = args.today or datetime.now(UTC).date()
    found = manifest.load(root)
    if args.action == "sign":
        return _sign(root, found, args, today)
    asked = Context(root, found, catalogue.load(root), today, args.base)
    outcome = checks.approved(asked)
    told = verdict.report(outcome)
    named = all(people.named(role) for role in found.approvals)
    late = args.required and named and outcome.state is State.pending
    return replace(told, status=1) if late else told


def _list(root: Path, args: argparse.Namespace) -> Report:
    forge = here.wanted(root) if args.forge else None
    found = in_force(root, at=args.at, path=args.path, forge=forge)
    rows = [
        {**asdict(one), "since": one.since.isoformat(), "until": one.until.isoformat()}
        for one in found
    ]
    lines = [
        f"{one.since:%Y-%m-%d %H:%M} to {one.until:%Y-%m-%d %H:%M}  {one.role:<20} "
        f"{one.principal:<16} {one.evidence} {one.file} ({one.commit[:12]})"
        for one in found
    ]
    data: list[dict[str, object]] = [dict(row) for row in rows]
    return Report(data, "\n".join(lines) or _none(args))


def _none(args: argparse.Namespace) -> str:
    if args.at or args.path:
        return "no approval in force"
    return "no approval has ever been in force"


def _sign(root: Path, found: Manifest, args: argparse.Namespace, today: date) -> Report:
    expires = args.expires or today + timedelta(days=statement.DAYS)
    if not today <= expires <= today + timedelta(days=statement.DAYS):
        raise ControlsError(
            f"{expires} is not within {statement.DAYS} days", hint="choose an earlier --expires"
        )
    person = _signer(found, args.role, args.key)
    claim = Statement(
        repository=found.name,
        tree=tree.of(root),
        decision=_decision(root, args.decision),
        role=args.role,
        expires=expires.isoformat(),
    )
    signature = ssh.sign(args.key, claim.to_bytes())
    stem = statement.stem(claim, person.handle)
    try:
        (root / tree.FOLDER).mkdir(parents=True, exist_ok=True)
        (root / f"{stem}.sig").write_bytes(signature)
        (root / f"{stem}.json").write_bytes(claim.to_bytes())
    except OSError as error:
        raise ControlsError(f"{stem}.json cannot be written: {error.strerror}") from error
    said = f"{person.handle} approves tree {claim.tree[:12]} for {args.role} until {expires}"
    data: dict[str, object] = {
        "path": f"{stem}.json",
        "handle": person.handle,
        "repository": claim.repository,
        "tree": claim.tree,
        "decision": claim.decision,
        "role": claim.role,
        "expires": claim.expires,
    }
    return Report(data, f"{said}\n{stem}.json")


def _signer(found: Manifest, role: str, key: Path) -> Principal:
    entries = [entry for entry in found.approvals if entry.role == role]
    if not entries:
        known = ", ".join(entry.role for entry in found.approvals)
        raise ControlsError(f"ai-workflow.yaml has no role {role!r}", hint=f"it has {known}")
    public = ssh.public_key(key)
    for person in (person for entry in entries for person in people.named(entry)):
        if ssh.material(person.key) == public:
            return person
    raise ControlsError(
        f"no person of role {role!r} has the key {str(key)!r}",
        hint=f"add it to spec.approvals in ai-workflow.yaml: key: {public!r}",
    )


def _decision(root: Path, wanted: str | None) -> str:
    known = record.names(root)
    if not known:
        raise ControlsError(
            "there is no decision record to approve", hint="python -m controls decisions new"
        )
    if wanted is not None and wanted not in known:
        raise ControlsError(f"{wanted!r} is no decision record", hint=f"the newest is {known[-1]}")
    return wanted or known[-1]
