"""Makes a plan so: in a checkout, or on the branch of a bare repository.

Decides what must hold first, and the order: objects, then what they are needed for, then one step
that cannot be half made (`prooflane.resync.journal`, or one compare-and-swap of a branch).
"""

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.files import Entries
from prooflane.git import place as places
from prooflane.git import process
from prooflane.git.objects import Store
from prooflane.git.place import Index, Place
from prooflane.resync import journal
from prooflane.resync.changes import Change
from prooflane.resync.desk import Desk, Move, digest, signature

SHOWN = 6
ATTRIBUTES = ".gitattributes"


@dataclass(frozen=True, slots=True)
class Seen:
    """The index as it was read, and its digest, so that a change in between is noticed."""

    index: Index
    digest: str


def see(place: Place) -> Seen:
    """Return what is staged in `place`."""
    before = digest(place.index)
    return Seen(places.index(place), before)


def is_applied(changes: Iterable[Change], seen: Seen) -> bool:
    """Say whether `changes` are staged already, conflicts included."""
    return all(dict(seen.index.get(change.path, {})) == change.stages for change in changes)


def refuse_unmerged(seen: Seen) -> None:
    """Return when no path is left in conflict.

    Raises:
        ProoflaneError: when one is.
    """
    unmerged = sorted(path for path, stages in seen.index.items() if stages.keys() != {0})
    if unmerged:
        raise ProoflaneError(
            f"{_named(unmerged)} {'is' if len(unmerged) == 1 else 'are'} in conflict",
            "git mergetool, then git commit; or give up: git reset --merge",
        )


def into_checkout(
    place: Place, changes: tuple[Change, ...], seen: Seen, store: Store, ignored: Entries
) -> None:
    """Write `changes` into work tree and index, all of them or none.

    Files of `ignored` may be replaced: they count as the user's, and were merged.

    Raises:
        ProoflaneError: when a changed path holds work that is not committed, or cannot be written.
    """
    desk = Desk(place.root, place.folder)
    with journal.exclusive(desk), _said(), journal.cleared(desk):
        moves = tuple(_move(place.root, change) for change in changes if change.old != change.new)
        refuse_overlap(place, changes, ignored)
        _keep(store, changes)
        _stage_index(place, desk, changes, seen)
        _stage_files(place, desk, changes, seen)
        journal.commit(desk, moves, seen.digest)


def into_bare(place: Place, changes: tuple[Change, ...], message: str, store: Store) -> str:
    """Commit `changes` on the branch of a bare repository and return the commit's id.

    Raises:
        ProoflaneError: when the branch moved meanwhile; nothing but objects was written then.
    """
    _keep(store, changes)
    index = place.folder / f"prooflane-index-{os.getpid()}"
    try:
        env = {"GIT_INDEX_FILE": str(index)}
        place.run("read-tree", place.head, env=env)
        _update(place, index, changes)
        tree = place.run("write-tree", env=env).decode().strip()
    finally:
        index.unlink(missing_ok=True)
    made = place.run("commit-tree", tree, "-p", place.head, "-m", message).decode().strip()
    done = process.attempt("update-ref", "-m", message, "HEAD", made, place.head, cwd=place.root)
    if done.returncode:
        raise ProoflaneError("the branch moved while the sync ran", "run this again")
    return made


def refuse_overlap(place: Place, changes: Iterable[Change], ignored: Entries) -> None:
    """Return when nothing that is not committed lies where `changes` write.

    Raises:
        ProoflaneError: when something does, with its paths.
    """
    touched = {change.path: change for change in changes}
    dirty = {path for path in places.dirty(place) if path in touched}
    gone = {path for path, change in touched.items() if change.new is None}
    fresh = (path for path, change in touched.items() if not change.old and path not in ignored)
    found = sorted(dirty | {path for path in fresh if _is_taken(place.root, path, gone)})
    if found:
        verb = "has" if len(found) == 1 else "have"
        raise ProoflaneError(
            f"{_named(found)} {verb} changes that are not committed, where the sync writes",
            "commit or stash them: git stash --include-untracked",
        )
    _refuse_unwatched(place, touched)


def _refuse_unwatched(place: Place, touched: Mapping[str, Change]) -> None:
    for path in sorted(touched.keys() & places.unwatched(place)):
        old = touched[path].old
        if _is_file(place.root / path) and not (old and old.id == places.blob(place, path)):
            raise ProoflaneError(
                f"{path!r} has changes that git was told not to see, where the sync writes",
                f"git update-index --no-assume-unchanged --no-skip-worktree {shlex.quote(path)}, "
                "then commit it",
            )


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"the sync cannot be prepared: {reason}", "nothing was changed: make room, run it again"
        ) from error


def _named(paths: list[str]) -> str:
    more = len(paths) - SHOWN
    return ", ".join(map(repr, paths[:SHOWN])) + (f" and {more} more" if more > 0 else "")


def _is_taken(root: Path, path: str, gone: set[str]) -> bool:
    names = path.split("/")
    above = ("/".join(names[:depth]) for depth in range(1, len(names)))
    if any(_is_file(root / folder) and folder not in gone for folder in above):
        return True
    if _is_file(root / path):
        return path not in gone
    below = (file for file in (root / path).rglob("*") if _is_file(file))
    return any(file.relative_to(root).as_posix() not in gone for file in below)


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _move(root: Path, change: Change) -> Move:
    return Move(change.path, change.new is not None, signature(root / change.path))


def _keep(store: Store, changes: Iterable[Change]) -> None:
    wanted = {entry.id for change in changes for entry in change.stages.values()}
    store.keep(wanted | {change.new.id for change in changes if change.new})


def _stage_index(place: Place, desk: Desk, changes: Iterable[Change], seen: Seen) -> None:
    blob = place.index.read_bytes() if seen.digest else b""
    desk.index.write_bytes(blob)
    if digest(desk.index) != (seen.digest or digest(desk.index)):
        raise ProoflaneError("the index changed while the sync ran", "run this again")
    _update(place, desk.index, changes)


def _update(place: Place, index: Path, changes: Iterable[Change]) -> None:
    rows = list(changes)
    stdin = b"".join(b"0 %s\t%s\0" % (b"0" * 40, _raw(row.path)) for row in rows)
    stdin += b"".join(
        b"%o %s %d\t%s\0" % (entry.mode, entry.id.encode(), stage, _raw(row.path))
        for row in rows
        for stage, entry in row.stages.items()
    )
    place.run("update-index", "-z", "--index-info", stdin=stdin, env={"GIT_INDEX_FILE": str(index)})


def _stage_files(place: Place, desk: Desk, changes: Iterable[Change], seen: Seen) -> None:
    # git itself writes them, with the attributes, line ends and filters that hold there
    index = desk.folder / "files-index"
    written = [Change(row.path, None, row.new, {0: row.new}) for row in changes if row.new]
    known = {row.path for row in changes}
    written += [
        Change(path, None, entry, {0: entry})
        for path, stages in seen.index.items()
        if path.endswith(ATTRIBUTES) and path not in known and (entry := stages.get(0))
    ]
    _update(place, index, written)
    env = {"GIT_INDEX_FILE": str(index), "GIT_DIR": str(place.folder)}
    env |= {"GIT_WORK_TREE": str(desk.files)}
    place.run("checkout-index", "--all", "--quiet", "--force", env=env)


def _raw(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
