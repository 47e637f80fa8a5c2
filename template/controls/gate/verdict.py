"""Whether a change may pass: what it loosens is recorded, and the risk approver has agreed.

Decides nothing about what is looser; that is `diff`. Approvers, their number and the tier come from
the base.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from controls import catalogue, manifest
from controls.approvals import people, rule
from controls.approvals.evidence import Evidence
from controls.approvals.subject import Subject
from controls.check.model import Finding
from controls.decisions import record
from controls.decisions.record import Record
from controls.errors import ControlsError
from controls.gate.diff import Diff
from controls.gate.side import Side

AREA = "template"  # a release brings its own record, whose paths are not the owner's to choose


class Word(StrEnum):
    """The verdict; pending means that nobody is named yet who could agree."""

    passed = "passed"
    pending = "pending"
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict with its reasons; `role` is the risk role of the base's tier."""

    word: Word
    role: str
    approved: tuple[Evidence, ...]
    records: tuple[str, ...]
    findings: tuple[Finding, ...]


def judge(base: Side, change: Side, diff: Diff, subject: Subject, today: date) -> Verdict:
    """Return the verdict on `change`.

    Raises:
        ControlsError: when the base's manifest or catalogue does not load.
    """
    before = manifest.load(base.folder)
    role = catalogue.load(base.folder).tier(before.tier).risk
    if not diff.rows:
        return Verdict(Word.passed, role, (), (), ())
    records, broken = _records(base, change)
    unrecorded = (*broken, *_unrecorded(diff, records))
    review = rule.review(subject, before, (role,), today)
    standing = review.standings[0]
    held = (*review.wrong, *standing.pending)
    known = subject.role(role)
    open_ = not (known and people.named(known)) and not subject.strict and not before.production
    word = Word.passed
    if held:
        word = Word.pending if open_ and not review.wrong else Word.refused
    if unrecorded:
        word = Word.refused
    names = tuple(found.path for found in records)
    return Verdict(word, role, standing.approved, names, (*unrecorded, *held))


def _records(base: Side, change: Side) -> tuple[tuple[Record, ...], tuple[Finding, ...]]:
    """Return the complete records that the change brings, and what is wrong with others."""
    found: list[Record] = []
    broken: list[Finding] = []
    for path in record.names(change.folder):
        if path in base.files:
            continue
        try:
            one = record.read(change.folder, path)
        except ControlsError as error:
            broken.append(Finding(error.message, path, 1, error.hint))
            continue
        empty = one.empty_sections()
        broken += [
            Finding(f"section {title!r} of the decision record is not filled in", path, line)
            for title, line in empty
        ]
        if not empty:
            found.append(one)
    return tuple(found), tuple(broken)


def _unrecorded(diff: Diff, records: tuple[Record, ...]) -> Iterator[Finding]:
    seen: set[str] = set()
    for row in diff.rows:
        covered = any(one.covers(row.path) for one in records)
        if row.path in seen or covered or (row.area == AREA and records):
            continue
        seen.add(row.path)
        hint = f"name {row.path} in the `paths` of a new record: python -m controls decisions new"
        message = f"{row.what} is looser, and no new decision record says why"
        yield Finding(message, row.path, row.line, hint)
