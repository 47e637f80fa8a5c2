"""What each action of the verb `audit` says to people and to programs."""

import argparse
import importlib.util
from datetime import UTC, date, datetime
from pathlib import Path

from controls import git, manifest
from controls.approvals import ssh
from controls.audit import checkpoint as checkpoints
from controls.audit import entry, proof, proven, writer
from controls.audit import erase as erasing
from controls.audit import expire as expiry
from controls.audit import repair as repairs
from controls.audit.entry import Act
from controls.audit.proven import Proven
from controls.errors import ControlsError
from controls.report import Report
from controls.tracing import keyring
from controls.tracing.pseudonym import pseudonym


def append(root: Path, args: argparse.Namespace) -> Report:
    """Write one entry."""
    if args.kind in entry.OURS:
        raise ControlsError(
            f"an entry of kind {args.kind!r} is written by the controls alone",
            "choose a word of your own, such as exception",
        )
    who = args.subject or ""
    subject = who if not who or keyring.is_subject(who) else pseudonym(root, who)
    act = Act(
        args.kind,
        args.data or manifest.load(root).data_class,
        dict(map(_fact, args.fact)),
        subject,
        {"text": args.private} if args.private else {},
    )
    receipt = writer.append(root, act, sync=True)
    data: dict[str, object] = {"seq": receipt.seq, "hash": receipt.hash, "at": receipt.at}
    return Report(data, f"entry {receipt.seq}  {receipt.hash}")


def _fact(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ControlsError(f"{text!r} is no fact", "--fact NAME=VALUE")
    return name, value


def verify(root: Path, args: argparse.Namespace) -> Report:
    """Prove the trail, or check a proof."""
    if args.proof:
        return _checked(args.proof, args.key)
    found = proven.prove(root, manifest.load(root))
    return Report(
        _data(found), "\n".join(_said(found)), 1 if found.problems or found.elsewhere else 0
    )


def _checked(path: Path, key: Path | None) -> Report:
    if key is None:
        raise ControlsError("a proof is checked with the signer's key", "--key PUB")
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ControlsError(f"{str(path)!r} is no proof") from error
    problems = proof.check(text, ssh.public_key(key))
    said = problems or ["the entry is in the trail that the checkpoint speaks of"]
    return Report({"problems": problems}, "\n".join(said), 1 if problems else 0)


def _data(found: Proven) -> dict[str, object]:
    verdict = found.verdict
    return {
        "entries": verdict.entries,
        "expired": verdict.expired,
        "segments": verdict.segments,
        "root": verdict.root,
        "unfinished_bytes": verdict.unfinished_bytes,
        "open_intents": [each.seq for each in verdict.open_intents],
        "repairs": [{"seq": each.seq, **each.facts} for each in verdict.repairs],
        "checkpoints": len(found.testimony.witnesses),
        "covered_by_committed_checkpoint": found.covered,
        "elsewhere": found.elsewhere,
        "problems": list(found.problems),
    }


def _said(found: Proven) -> list[str]:
    verdict = found.verdict
    lines = [f"✗ {problem}" for problem in found.problems]
    if not lines:
        lines = [f"✓ {verdict.entries} entries are as they were written", f"  root {verdict.root}"]
        if verdict.expired:
            lines += [f"  {verdict.expired} of them have expired: their hashes are there"]
        lines += [_covered(found)]
    lines += [
        f"  intent {each.seq} ({each.facts.get('act')}, {each.at[:19]}Z) has no outcome:"
        " a process died in between"
        for each in verdict.open_intents
    ]
    lines += [f"  repair at entry {each.seq}: {_repair(each.facts)}" for each in verdict.repairs]
    if verdict.unfinished_bytes:
        lines += ["  half an entry at the end: its writer was killed, the next append records that"]
    return lines


def _covered(found: Proven) -> str:
    if found.elsewhere:
        return f"✗ {found.elsewhere}"
    if not found.covered:
        return (
            "  no checkpoint is committed: a tail that is cut together with its head would not be"
            " seen (python -m controls audit checkpoint --key PATH)"
        )
    last = found.own[-1]
    return f"  {found.covered} of them are covered by {last.path} at commit {last.commit[:12]}"


def _repair(facts: object) -> str:
    known = dict(facts) if isinstance(facts, dict) else {}
    if "reason" in known:
        lost = known.get("lost_entries")
        many = "an unknown number of" if lost is None else lost
        return f"{many} entries lost, {known['reason']!r} ({known.get('by')})"
    return f"{known.get('cut_bytes')} bytes of half an entry, whose writer was killed"


def prove(root: Path, args: argparse.Namespace) -> Report:
    """Prove one entry."""
    found = proof.prove(root, args.seq)
    line = "expired: only its hash is left" if found.line is None else found.line
    signed = "under a signed checkpoint" if found.checkpoint else "no checkpoint covers it yet"
    text = (
        f"{line}\nentry {found.seq} of {found.entries}, {signed}\nroot {found.root}\n"
        + "\n".join(f"  {digest}" for digest in found.path)
        + f"\n`audit prove {found.seq} --json >FILE` gives what"
        " `audit verify --proof FILE --key PUB` checks"
    )
    return Report(proof.data(found), text)


def expire(root: Path, args: argparse.Namespace) -> Report:
    """Take out what is over."""
    today, known = args.today or datetime.now(UTC).date(), manifest.load(root)
    found = expiry.expire(root, known, today)
    acts = _acts(root, known, today)
    said = [f"{count} entries about {name} data" for name, count in sorted(found.classes.items())]
    lines = [f"expired: {', '.join(said)}; their hashes stay"] if said else []
    lines += [f"removed act {name}" for name in acts]
    data = {"expired": found.classes, "segments": found.segments, "acts": acts}
    return Report(data, "\n".join(lines) or "nothing is kept too long")


def _acts(root: Path, known: manifest.Manifest, today: date) -> list[str]:
    """Remove the acts that are over; below tier 4 there are none."""
    if importlib.util.find_spec("controls.action") is None:
        return []
    from controls.action import expire as acts  # noqa: PLC0415  see above

    return [act.id for act in acts.expire(root, known, today)]


def erase(root: Path, args: argparse.Namespace) -> Report:
    """Destroy a key."""
    found = erasing.erase(root, args.subject)
    return Report(
        {"subject": found.subject, "entries": found.entries, "seq": found.seq},
        f"the key of {found.subject} is destroyed: {found.entries} entries are sealed for good"
        f" (recorded as entry {found.seq})",
    )


def checkpoint(root: Path, args: argparse.Namespace) -> Report:
    """Sign how far the trail has come."""
    found = manifest.load(root)
    trail = proven.prove(root, found)
    if trail.problems:
        raise ControlsError(
            f"a trail that is not whole is not signed: {trail.problems[0]}",
            "python -m controls audit verify",
        )
    path = checkpoints.make(root, found, trail.verdict, args.key)
    commit = "" if args.no_commit else checkpoints.commit(root, path)
    said = f"committed as {commit[:12]}; push it" if commit else "commit and push it"
    data: dict[str, object] = {
        "path": path,
        "entries": trail.verdict.entries,
        "root": trail.verdict.root,
        "commit": commit,
    }
    return Report(data, f"{path}  {trail.verdict.entries} entries, {said}")


def repair(root: Path, args: argparse.Namespace) -> Report:
    """Go on after a loss."""
    who = git.text(root, "var", "GIT_COMMITTER_IDENT").rpartition(">")[0] + ">"
    found = repairs.repair(root, args.reason, who)
    lost = "an unknown number of" if found.lost is None else str(found.lost)
    text = f"{lost} entries are lost; entry {found.receipt.seq} says so"
    return Report({"lost": found.lost, "seq": found.receipt.seq}, text)
