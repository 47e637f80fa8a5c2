"""Verb `gate`: what a change loosens against its base, and whether that was agreed to.

Exit status 0 passed or pending, 1 refused, 2 usage. In CI it runs from a checkout of the base
commit, `python -m controls gate --change COMMIT`; from a work tree it judges what lies there, and
says that CI's answer is the one that counts.
"""

import argparse
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from controls import git
from controls.approvals import asked, authors, people, subject, tree
from controls.approvals.subject import Subject
from controls.decisions import change as changes
from controls.decisions import record
from controls.errors import ControlsError
from controls.forge.model import Proposal
from controls.gate import diff, page, side, verdict
from controls.gate.side import Side
from controls.manifest import NAME
from controls.parser import day
from controls.report import Report

_SELF = "controls/gate/command.py"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared: two commits, `change` being None for the work tree; `heads` were seen."""

    base: str
    change: str | None
    heads: tuple[str, ...]
    today: date


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `gate`."""
    parser.add_argument("--change", metavar="SHA", help="judge this commit, from its base's tree")
    parser.add_argument("--head", metavar="SHA", help="the commit that reviewers saw ($HEAD_SHA)")
    parser.add_argument("--base", metavar="SHA", help="the commit that the change starts from")
    parser.add_argument("--today", type=day, metavar="DAY", help="judge as if it were that day")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return what the change loosens and the verdict on it.

    Raises:
        ControlsError: when a commit is unknown, the base cannot be judged, or the gate that runs
            is not the base's own.
    """
    asked_for = _asked(root, args)
    if asked_for is None:
        return page.first()
    with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
        base, change, about = _sides(root, asked_for, Path(scratch))
        if NAME not in base.files:
            return page.first()
        found = diff.compare(base, change)
        known = asked.of_job(asked_for.change or "")
        about = about.proposed(*(one for one in known if _judged(asked_for, one)))
        judged = verdict.judge(base, change, found, about, asked_for.today)
    return page.report(base, found, judged, own=args.change is None)


def _judged(wanted: Asked, proposal: Proposal) -> bool:
    """Say whether `proposal` is what is judged here: its head may have been another by now."""
    return proposal.head in wanted.heads or (
        wanted.change is not None and proposal.merged_as == wanted.change
    )


def _asked(root: Path, args: argparse.Namespace) -> Asked | None:
    """Return what is compared, None where no gated commit comes before the change."""
    today = args.today or datetime.now(UTC).date()
    if args.change is None:
        found = changes.read(root, args.base)
        return Asked(found.base, None, (), today) if found.base else None
    change = _known(root, args.change)
    told = args.base or os.environ.get("BASE_SHA") or "HEAD"
    if not told.strip("0"):  # what a forge sends as the commit before a new branch
        return None
    base = _known(root, told)
    if not git.paths(root, "ls-tree", "-z", "--name-only", base, "--", _SELF):
        return None
    _refuse_own(root, base, change)
    head = _known(root, args.head or os.environ.get("HEAD_SHA") or change)
    return Asked(base, change, (change, head), today)


def _refuse_own(root: Path, base: str, change: str) -> None:
    """Refuse to run when the code that runs is not the base's: it would judge itself."""
    if base == change or git.run(root, "diff", "--name-only", base, "--", "controls", NAME):
        raise ControlsError(
            f"the gate that runs here is not that of the base {base[:12]}",
            hint=f"git worktree add DIR {base[:12]}, and run it there",
        )


def _known(root: Path, revision: str) -> str:
    found = git.commit(root, revision)
    if found is None:
        raise ControlsError(
            f"{revision!r} is not a commit of this repository",
            hint="git fetch, or fetch-depth: 0 in the workflow",
        )
    return found


def _sides(root: Path, wanted: Asked, scratch: Path) -> tuple[Side, Side, Subject]:
    prefix = git.text(root, "rev-parse", "--show-prefix").rstrip("/")
    folders = scratch / "base", scratch / "change"
    for folder in folders:
        folder.mkdir()
    base = side.take(root, f"{wanted.base}:{prefix}", folders[0], wanted.base)
    if wanted.change is not None:
        change = side.take(root, f"{wanted.change}:{prefix}", folders[1], wanted.change)
        return base, change, _subject(root, base, change, subject.signable(root, wanted.heads))
    with tree.scratch(root) as env:
        change = side.take(root, tree.write(root, env), folders[1], "", env)
    return base, change, _subject(root, base, change, (tree.of(root),))


def _subject(root: Path, base: Side, change: Side, trees: tuple[str, ...]) -> Subject:
    before, after = base.read(NAME), change.read(NAME)
    tier, repository = people.identity(before)
    tier = max(tier, people.identity(after)[0])
    head = change.commit or git.commit(root, "HEAD") or ""
    return Subject(
        folder=change.folder,
        repository=repository,
        tier=tier,
        trees=trees,
        commit=change.commit,
        base=base.commit,
        roles=people.may_approve(people.of(before), people.of(after), tier),
        authors=authors.of(root, base.commit, head),
        records=frozenset(record.names(change.folder)),
    )
