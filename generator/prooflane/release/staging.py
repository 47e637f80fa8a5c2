"""A release's files in work tree and index: written whole, and taken back where a cut was killed.

They are staged before any ref moves. A cut that was killed in between left exactly what it would
write: that is seen, and undone, so that the same command starts from what was there.
"""

from collections.abc import Mapping

from prooflane.errors import ProoflaneError
from prooflane.files import REGULAR, Entry, blob_id
from prooflane.git import place as places
from prooflane.git import repository
from prooflane.git.objects import store
from prooflane.git.place import Place
from prooflane.release import channels, record
from prooflane.resync import apply, journal
from prooflane.resync.changes import Change
from prooflane.resync.desk import Desk

ADDED, CHANGED = "A ", "M "


def stage(place: Place, files: Mapping[str, bytes]) -> None:
    """Write `files` into work tree and index, all of them or none.

    Raises:
        ProoflaneError: when something that is not committed lies there.
    """
    head = places.entries(place, place.head)
    with store(place.root) as objects:
        made = {path: Entry(REGULAR, objects.write(data)) for path, data in files.items()}
        changes = (Change(path, head.get(path), new, {0: new}) for path, new in made.items())
        apply.into_checkout(place, tuple(changes), apply.see(place), objects, {})


def undo(place: Place, files: Mapping[str, bytes]) -> None:
    """Take `files` back: work tree and index hold of them what HEAD does."""
    known = [path for path in files if path in places.entries(place, place.head)]
    if fresh := [path for path in files if path not in known]:
        place.run("rm", "-q", "-f", "--ignore-unmatch", "--", *fresh)
    if known:
        place.run("checkout", "-q", place.head, "--", *known)


def tidy(place: Place, version: str, channel: Mapping[str, str], *, is_plan: bool) -> None:
    """Undo what a killed cut of `version` left, and return when all is committed.

    `channel` is what the cut makes of the channels.

    Raises:
        ProoflaneError: when anything else is not committed, or a plan finds a cut that was killed.
    """
    desk = Desk(place.root, place.folder)
    if is_plan and (journal.is_pending(desk) or _left(place, version, channel)):
        raise ProoflaneError("a cut was killed here", "the same command without --plan goes on")
    if not is_plan:
        with journal.exclusive(desk):
            journal.recover(desk)
        undo(place, _left(place, version, channel))
    if repository.is_dirty(place.root):
        raise ProoflaneError(
            f"{str(place.root)!r} has changes that are not committed", "commit them first"
        )


def _left(place: Place, version: str, channel: Mapping[str, str]) -> dict[str, bytes]:
    said = place.run("status", "--porcelain", "-z", "--no-renames").decode(errors="replace")
    rows = {line[3:]: line[:2] for line in said.split("\0")[:-1]}
    path, dumped = record.path(version), channels.dump(channel)
    if rows.keys() - {path, channels.NAME} or set(rows.values()) - {ADDED, CHANGED}:
        return {}
    staged = {name: stages[0].id for name, stages in places.index(place).items() if 0 in stages}
    if channels.NAME in rows and staged[channels.NAME] != blob_id(dumped):
        return {}
    with store(place.root) as objects:
        files = {name: objects.read(staged[name]) for name in rows}
    if path in files and record.parse(files[path], f"the record {path!r}").parent != place.head:
        return {}
    return files
