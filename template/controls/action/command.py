"""Propose, approve, do and roll back what tools change (the verb `action`)."""

import argparse
import getpass
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from controls import actions, entrypoint
from controls.action import consent, effect, execute, files, proposal, tools, trail
from controls.action.execute import Done
from controls.action.proposal import Action
from controls.action.shown import shown
from controls.approvals import ssh
from controls.errors import ControlsError
from controls.reply import Used
from controls.report import Report
from controls.run import start

FEATURE = "action"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `action`."""
    add = actions.of(parser, *_ACTIONS, required=False)
    add("list", "the acts that were proposed here, and what became of them")
    propose = add("propose", "let the workflow, or a tool, propose an act; nothing changes")
    propose.add_argument("request", nargs="*", help="what is wanted, in words")
    propose.add_argument("--tool", metavar="NAME", help="use this tool, instead of the workflow")
    propose.add_argument("--arguments", metavar="JSON", default="{}", help="of --tool")
    add("show", "what an act would change, and who agreed").add_argument("act")
    approve = add("approve", "agree to exactly this act, with your SSH key")
    approve.add_argument("act")
    approve.add_argument("--key", required=True, type=Path, metavar="PATH", help="your SSH key")
    run = add("run", "do an act that two people agreed to")
    run.add_argument("act")
    run.add_argument("--dry-run", action="store_true", help="every step but the act")
    back = add("rollback", "put back what an act changed")
    back.add_argument("act")
    back.add_argument("--reason", required=True, help="why")
    parser.set_defaults(action="list")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action.

    Raises:
        ControlsError: when it is refused, or something is missing.
    """
    found = _ACTIONS[args.action](root, args)
    return replace(found, text=shown(found.text))


def _list(root: Path, _: argparse.Namespace) -> Report:
    rows = [_listed(root, name) for name in proposal.names(root)]
    rows.sort(key=lambda row: str(row["expires"]))
    lines = [f"{row['id']}  {row['state']:<12} {row['tool']} {row['arguments']}" for row in rows]
    return Report(rows, "\n".join(lines) or "no act was proposed here")


def _listed(root: Path, name: str) -> dict[str, object]:
    """Return the row of an act; one that cannot be read hides no other."""
    try:
        return _row(root, proposal.load(root, name))
    except ControlsError as error:
        unknown = dict.fromkeys(("digest", "tool", "expires", "run"), "")
        return {**unknown, "id": name, "state": "unreadable", "arguments": error.message}


def _row(root: Path, action: Action) -> dict[str, object]:
    return {
        "id": action.id,
        "digest": action.digest,
        "tool": action.tool,
        "arguments": json.dumps(action.arguments, sort_keys=True),
        "state": _state(root, action),
        "expires": action.expires,
        "run": action.run,
    }


def _state(root: Path, action: Action) -> str:
    told = trail.of(root, action.digest)
    if told.undone:
        return "rolled back"
    if told.done:
        return "done"
    if not told.proposed:
        return "not from here"
    if proposal.over(action.expires, datetime.now(UTC)):
        return "expired"
    given = len(consent.count(root, action, datetime.now(UTC)).given)
    return f"{given} of {consent.NEEDED}" if given < consent.NEEDED else "approved"


def _propose(root: Path, args: argparse.Namespace) -> Report:
    with start(root, feature=FEATURE, user=getpass.getuser(), workspace="local") as run:
        if args.tool:
            used: object = run.tool(args.tool, _arguments(args.arguments))
        else:
            used = _proposer(root)(_request(args.request), run)
        if used is not None and not isinstance(used, Used):
            raise ControlsError(
                f"the proposer returned {type(used).__name__}, expected what run.tool returns"
            )
        run.trail.outcome = run.trail.outcome or "abstained"
    if used is None:
        return Report({"action": None, "run": run.id}, "nothing is proposed: no tool fits")
    return _proposed(root, used, run.id)


def _proposed(root: Path, used: Used, run_id: str) -> Report:
    if used.action is None:
        return Report({"action": None, "said": used.said, "run": run_id}, used.said)
    data = _row(root, used.action) | {"said": used.said, "action": used.action.id}
    return Report(data, "\n".join([used.said, "", *_told(root, used.action)]))


def _request(words: list[str]) -> str:
    if not " ".join(words).strip():
        raise ControlsError(
            "the request is empty", 'action propose "…", or --tool NAME --arguments JSON'
        )
    return " ".join(words)


def _arguments(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ControlsError(f"--arguments {text!r} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ControlsError(f"--arguments {text!r} is no JSON object")
    return found


def _proposer(root: Path) -> Callable[..., object]:
    named = tools.load(root).proposer
    if not named:
        raise ControlsError(f"{tools.FILE} names no proposer", "use --tool NAME --arguments JSON")
    return entrypoint.function(root, named, f"proposer of {tools.FILE}", "(request, run)")


def _show(root: Path, args: argparse.Namespace) -> Report:
    action = proposal.load(root, args.act)
    counted = consent.count(root, action, datetime.now(UTC))
    data = _row(root, action) | {
        "approvals": [each.person.handle for each in counted.given],
        "refused": list(counted.refused),
        "changes": [change.path for change in action.changes],
        "diff": _diff(root, action),
    }
    return Report(data, "\n".join([*_told(root, action), *consent.said(counted)]))


def _told(root: Path, action: Action) -> Iterator[str]:
    yield f"act       {action.id}  {_state(root, action)}"
    yield f"tool      {action.tool} {json.dumps(action.arguments, sort_keys=True)}"
    yield f"digest    {action.digest}"
    yield f"expires   {action.expires}"
    yield f"proposed  by run {action.run}   python -m controls trace {action.run}"
    yield from ("", _diff(root, action), "")
    yield f"next      python -m controls action approve {action.id} --key PATH   (two people)"


def _diff(root: Path, action: Action) -> str:
    contents = effect.load(root, action)
    known = tools.load(root).get(action.tool)
    now = files.read(root, known.writes)
    if files.sha256(now) != action.before:
        return "what it starts from has changed since: there is nothing to compare with"
    return files.diff(now, effect.applied(now, contents))


def _approve(root: Path, args: argparse.Namespace) -> Report:
    action = proposal.load(root, args.act)
    if not ssh.installed():
        raise ControlsError(f"{ssh.PROGRAM} is not installed", f"install {ssh.PACKAGE!r}")
    path = consent.sign(root, action, args.key, action.expires)
    counted = consent.count(root, action, datetime.now(UTC))
    data: dict[str, object] = {"path": str(path.relative_to(root)), "given": len(counted.given)}
    further = "run" if counted.enough else "show"
    last = f"next      python -m controls action {further} {action.id}"
    return Report(data, "\n".join([*consent.said(counted), last]))


def _run(root: Path, args: argparse.Namespace) -> Report:
    with start(root, feature=FEATURE, user=getpass.getuser(), workspace="local") as run:
        done = execute.execute(run, args.act, dry_run=args.dry_run)
    verb = "would be done" if args.dry_run else "is done"
    who = ", ".join(each.person.handle for each in done.counted.given)
    lines = [f"act {done.action.id} {verb}: {who} agreed", *_changed(done.action)]
    if not args.dry_run:
        lines.append(f"undo it   python -m controls action rollback {done.action.id} --reason WHY")
    return Report(_data(done), "\n".join(lines))


def _rollback(root: Path, args: argparse.Namespace) -> Report:
    with start(root, feature=FEATURE, user=getpass.getuser(), workspace="local") as run:
        done = execute.roll_back(run, args.act, args.reason)
    lines = [f"act {done.action.id} is rolled back", *_changed(done.action)]
    return Report(_data(done), "\n".join(lines))


def _changed(action: Action) -> list[str]:
    return [f"  {change.path}" for change in action.changes]


def _data(done: Done) -> dict[str, object]:
    return {
        "action": done.action.id,
        "digest": done.action.digest,
        "approvals": [each.person.handle for each in done.counted.given],
        "changes": [change.path for change in done.action.changes],
        "rollback": done.artifact.ref,
        "seq": done.seq,
        "done": done.seq is not None,
    }


_ACTIONS: Mapping[str, Callable[[Path, argparse.Namespace], Report]] = {
    "list": _list,
    "propose": _propose,
    "show": _show,
    "approve": _approve,
    "run": _run,
    "rollback": _rollback,
}
