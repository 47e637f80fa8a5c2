"""Judges a change by its decision records: one is new, names the paths, is filled in (DEC-1).

What the change is comes from `change`, which of its paths count from `governed`.
"""

from collections.abc import Iterator
from pathlib import Path

from controls.check.model import Finding, Outcome
from controls.decisions import change as changes
from controls.decisions import governed, record
from controls.decisions.change import Change
from controls.decisions.record import Record
from controls.errors import ControlsError

_NEW = 'python -m controls decisions new "what changed"'


def judge(root: Path, base: str | None = None) -> Outcome:
    """Return whether each governed path of the change is named by a new and complete record.

    `n` counts the files that were compared, so a tree without files fails. Git that is missing, or
    a base that is, fails too: what was not compared is not in order.
    """
    try:
        change = changes.read(root, base)
    except ControlsError as error:
        return Outcome.failed(0, "no change to look at", Finding(error.message, hint=error.hint))
    paths = governed.paths(root, change)
    fresh = tuple(path for path in record.names(root) if path in change.added)
    findings = tuple(_findings(root, change, paths, fresh))
    evidence = _evidence(change, paths, fresh)
    if findings:
        return Outcome.failed(change.compared, evidence, *findings)
    return Outcome.ok(change.compared, evidence)


def _findings(
    root: Path, change: Change, paths: tuple[str, ...], fresh: tuple[str, ...]
) -> Iterator[Finding]:
    records = []
    for path in fresh:
        try:
            records.append(record.read(root, path))
        except ControlsError as error:
            yield Finding(error.message, path, 1, error.hint)
    for found in records:
        yield from _unfilled(found)
    yield from _lost(root, change)
    yield from _unrecorded(root, change, paths, tuple(records))


def _lost(root: Path, change: Change) -> Iterator[Finding]:
    """Yield each record that the change takes out of the log; another title is the same record."""
    kept = {record.number(path) for path in record.names(root)}
    for path in change.paths:
        if record.is_record(path) and record.number(path) not in kept:
            hint = f"git checkout {path}; a decision that no longer holds gets a new record"
            yield Finding("the decision record was deleted", path, 0, hint)


def _unfilled(found: Record) -> Iterator[Finding]:
    for title, line in found.empty_sections():
        yield Finding(
            f"section {title!r} of the decision record is not filled in", found.path, line
        )


def _unrecorded(
    root: Path, change: Change, paths: tuple[str, ...], records: tuple[Record, ...]
) -> Iterator[Finding]:
    for path in paths:
        if any(found.covers(path) for found in records):
            continue
        line = changes.first_line(root, change, path)
        if records:
            names = ", ".join(found.path for found in records)
            hint = f"add it to `paths` of {names}"
            yield Finding(
                f"{path!r} changed, and no new decision record names it", path, line, hint
            )
        else:
            yield Finding(f"{path!r} changed without a new decision record", path, line, _NEW)


def _evidence(change: Change, paths: tuple[str, ...], fresh: tuple[str, ...]) -> str:
    written = ", ".join(fresh) or "no new record"
    return f"{len(paths)} governed of {len(change.paths)} changed since {change.since}; {written}"
