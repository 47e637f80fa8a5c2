"""The verb: one work tree -> what is wrong with it.

Decides what is looked at, and that a repository with nothing to look at is refused: a check that
finds nothing to check proves nothing. Reads only; `heal` alone writes.
"""

import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from prooflane import catalogue
from prooflane.check import drift, standing
from prooflane.check.finding import Checked, Finding, Rule
from prooflane.check.recorded import Recorded, expected, load
from prooflane.check.static import static
from prooflane.errors import ProoflaneError
from prooflane.event import Event
from prooflane.git import place as places
from prooflane.git.place import Place


def check(path: Path) -> Generator[Event, None, Checked]:
    """Return the verdict on the repository at or above `path`, its own static checks included.

    Raises:
        ProoflaneError: when it is no repository made from a template with controls.
    """
    checked = inspect(locate(path))
    counts, findings, notes = yield from static(checked.root)
    return replace(
        checked,
        findings=(*checked.findings, *findings),
        notes=(*checked.notes, *notes),
        static=counts,
    )


def locate(path: Path) -> Place:
    """Return the repository at or above `path`.

    Raises:
        ProoflaneError: when there is none, or it has no work tree.
    """
    place = places.find(path)
    if place.is_bare:
        raise ProoflaneError(
            f"{str(place.root)!r} has no work tree", "git clone it, check the clone"
        )
    return place


def inspect(place: Place) -> Checked:
    """Return what the files of the repository at `place` alone can tell.

    Raises:
        ProoflaneError: when it was not made from a template with controls.
    """
    started = time.perf_counter()
    recorded = load(place.root)
    compared, drifted = _drift(place.root, recorded)
    findings = (
        *drifted,
        *standing.held(recorded),
        *standing.floor(recorded, expected(place.root).floors or {}),
        *standing.unfinished(place),
    )
    notes = tuple(standing.notes(recorded))
    seconds = time.perf_counter() - started
    return Checked(place.root, recorded, compared, findings, notes, seconds=seconds)


def _drift(root: Path, recorded: Recorded) -> tuple[int, tuple[Finding, ...]]:
    has_controls = recorded.lock is not None and bool(recorded.lock.controls)
    if not (has_controls or (root / drift.LISTS).exists() or drift.files(root)):
        raise ProoflaneError(
            f"{str(root)!r} has no controls: there is nothing to check",
            "its template has none; prooflane sync keeps it at the newest version all the same",
        )
    asked = expected(root).lists
    names = drift.required(asked or sorted(drift.present(root)), recorded)
    listed, broken = drift.digests(root, names)
    missing = tuple(drift.lists(root, names))
    found = (*missing, *broken, *drift.drift(root, listed))
    if catalogue.PATH not in listed and not asked:
        message = "the managed file is missing"
        found = (*found, Finding(Rule.missing, message, catalogue.PATH, hint=drift.HEAL))
    # without its list each file would look like nobody's
    return len(listed), found if missing else (*found, *drift.unlisted(root, listed))
