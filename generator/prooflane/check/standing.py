"""Where a repository stands: held controls, the tier's lowest version, what was left half done."""

import re
from collections.abc import Iterator, Mapping

from prooflane import lock
from prooflane.check.finding import Finding, Rule
from prooflane.check.recorded import ANSWERS, Recorded
from prooflane.git import marks
from prooflane.git.place import Place
from prooflane.resync import journal
from prooflane.resync.desk import Desk

RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
Numbers = tuple[int, ...]


def held(recorded: Recorded) -> Iterator[Finding]:
    """Say which controls a conflict keeps at an older version."""
    for id_, version in (recorded.lock.held if recorded.lock else {}).items():
        message = f"{id_} is held at {version}, the template is at {recorded.version}"
        yield Finding(Rule.held, message, lock.NAME, hint="prooflane sync", control=id_)


def floor(recorded: Recorded, floors: Mapping[int, str]) -> Iterator[Finding]:
    """Say when the template's version is below the lowest that the tier may be at."""
    at, lowest = release(recorded.version), floors.get(recorded.tier, "")
    if at and at < (release(lowest) or at):
        message = f"the template is at {recorded.version}, below tier {recorded.tier}'s {lowest}"
        yield Finding(Rule.floor, message, ANSWERS, hint="prooflane sync")


def notes(recorded: Recorded) -> Iterator[str]:
    """Say what cannot be known from these records."""
    locked = recorded.lock
    if release(recorded.version) is None:
        yield f"the template's version {recorded.version!r} is no release: no floor was compared"
    if locked is None:
        yield f"there is no {lock.NAME}: which controls are held is known after the first sync"
    elif locked.version != recorded.version:
        yield f"{lock.NAME} is of {locked.version}: the next sync writes it anew"


def unfinished(place: Place) -> Iterator[Finding]:
    """Say which conflicts are open, in the index or in files, and whether a sync was cut off."""
    if journal.is_pending(Desk(place.root, place.folder)):
        hint = "prooflane sync finishes it"
        yield Finding(Rule.interrupted, "a sync was interrupted", hint=hint)
    for path in marks.unmerged(place.root):
        message = "the path is in conflict in the index"
        yield Finding(Rule.unmerged, message, path, hint="git mergetool, then git commit")
    for path, line in marks.left(place.root):
        message = "a conflict was left in the file"
        yield Finding(Rule.marker, message, path, line, "keep one side, remove the marks")


def release(version: str) -> Numbers | None:
    """Return the numbers of a release, or None for a commit between two of them."""
    match = RELEASE.fullmatch(version)
    return tuple(map(int, match.groups())) if match else None
