"""Makes a prepared change of a work tree so, all of it or nothing, whatever happens meanwhile.

What is written stands complete beside git's own files before the first file is touched, and a
journal lists the moves. They are made by a process of its own session, which neither Ctrl-C nor the
death of this one stops; where it dies too, the next `recover` makes the moves that are left.
"""

import fcntl
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.git import process
from prooflane.resync import moves
from prooflane.resync.desk import Desk, Move, Signature, digest, signature

IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Numbered = list[tuple[int, Move]]


@contextmanager
def exclusive(desk: Desk) -> Iterator[None]:
    """Hold the desk: another sync of the same work tree waits, also for one whose parent died.

    Raises:
        ProoflaneError: when git's folder cannot be written.
    """
    try:
        lock = (desk.git / "prooflane.lock").open("w")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"{str(desk.git)!r} cannot be written: {reason}", "make it writable, or make room"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def cleared(desk: Desk) -> Iterator[None]:
    """Give an empty desk, and clear it when what was prepared on it is not to be made."""
    shutil.rmtree(desk.folder, ignore_errors=True)
    try:
        desk.files.mkdir(parents=True)
        yield
    finally:
        if not is_pending(desk):
            shutil.rmtree(desk.folder, ignore_errors=True)


def is_pending(desk: Desk) -> bool:
    """Say whether a change is to be made, and was not, or not wholly."""
    return desk.journal.exists()


def commit(desk: Desk, listed: tuple[Move, ...], index: str) -> None:
    """Make what lies on the desk so; `index` is the digest of the index that it was made from.

    Raises:
        ProoflaneError: when it cannot be, and then everything is as it was.
    """
    data = {"index": index, "moves": [[move.path, move.writes, move.was] for move in listed]}
    draft = desk.folder / "journal.draft"
    draft.write_text(json.dumps(data), encoding="utf-8")
    draft.rename(desk.journal)
    _apart(desk)


def recover(desk: Desk) -> bool:
    """Finish what an interrupted sync began, and say whether there was anything.

    Raises:
        ProoflaneError: when a file was edited since.
    """
    if not is_pending(desk):
        _release(desk)
        shutil.rmtree(desk.folder, ignore_errors=True)
        return False
    _apart(desk)
    return True


def _apart(desk: Desk) -> None:
    receives, sends = os.pipe()
    with _deaf():
        child = os.fork()
        if child == 0:
            _child(desk, sends)
        os.close(sends)
        with open(receives, encoding="utf-8") as said:  # noqa: PTH123 - a pipe has no path
            reason = said.read()
        os.waitpid(child, 0)
    if reason:
        message, hint = json.loads(reason)
        raise ProoflaneError(message, hint)


@contextmanager
def _deaf() -> Iterator[None]:
    # an interrupt that comes now is too late: what is left takes milliseconds
    is_main = threading.current_thread() is threading.main_thread()
    before = {kind: signal.signal(kind, signal.SIG_IGN) for kind in IGNORED if is_main}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _child(desk: Desk, sends: int) -> None:
    reason: tuple[str, str] | None = ("the change could not be made", "run this again")
    try:
        os.setsid()
        _finish(desk)
        reason = None
    except ProoflaneError as error:
        reason = error.message, error.hint
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        left = "the rest is made by the same command, once it can be"
        hint = left if is_pending(desk) else "nothing was changed"
        reason = f"{str(error.filename)!r} cannot be written: {said}", hint
    finally:
        if reason:
            os.write(sends, json.dumps(reason).encode())
        os._exit(0)


def _finish(desk: Desk) -> None:
    data = json.loads(desk.journal.read_text(encoding="utf-8"))
    listed = [Move(path, writes, _signature(was)) for path, writes, was in data["moves"]]
    left = [pair for pair in enumerate(listed) if not moves.is_made(desk, pair[1])]
    try:
        if left or not listed or _holds(desk):
            _make(desk, left, data["index"])
    except (ProoflaneError, OSError):
        # what was moved just now was taken back; what a dead process moved still asks for the rest
        if len(left) == len(listed):
            desk.journal.unlink()
        raise
    desk.journal.unlink()
    _refresh(desk)
    shutil.rmtree(desk.folder, ignore_errors=True)


def _refresh(desk: Desk) -> None:
    """Let git know the new files by their times, on a copy: a kill leaves no lock of git's behind.

    All is done by now: where this fails, git will look at the files itself.
    """
    index, fresh, lock = desk.git / "index", desk.folder / "fresh-index", desk.git / "index.lock"
    with suppress(OSError, ProoflaneError):
        shutil.copyfile(index, fresh)
        before, env = digest(fresh), {"GIT_INDEX_FILE": str(fresh)}
        refresh = ("update-index", "-q", "--refresh")
        process.attempt(*refresh, cwd=desk.root, settings=process.OWN, env=env)
        os.link(fresh, lock)
        if digest(index) == before:
            lock.replace(index)
        else:
            lock.unlink()


def _release(desk: Desk) -> None:
    # a refresh that died between taking git's lock and giving it back
    lock, fresh = desk.git / "index.lock", desk.folder / "fresh-index"
    with suppress(OSError):
        if lock.samefile(fresh):
            lock.unlink()


def _make(desk: Desk, left: Numbered, before: str) -> None:
    lock, index = desk.git / "index.lock", digest(desk.git / "index")
    if index == digest(desk.index):
        return
    if index != before:
        raise ProoflaneError(
            "the index changed while a sync ran",
            f"git status; if what is there is to stay, remove {str(desk.folder)!r}; run this again",
        )
    _take(desk, lock)
    try:
        _refuse_edited(desk, left)
        moves.make(desk, left)
        lock.replace(desk.git / "index")
    except BaseException:
        lock.unlink()
        raise


def _holds(desk: Desk) -> bool:
    # without the lock, and with every move made, the index was written: git may have since, too
    lock = desk.git / "index.lock"
    return lock.exists() and lock.samefile(desk.index)


def _take(desk: Desk, lock: Path) -> None:
    # the prepared index is the lock: whoever finds it knows whose it is
    try:
        os.link(desk.index, lock)
    except FileExistsError:
        if not lock.samefile(desk.index):
            raise ProoflaneError(
                f"another git process holds {str(lock)!r}",
                "wait for it, or remove the file when no git runs, then run this again",
            ) from None


def _refuse_edited(desk: Desk, left: Numbered) -> None:
    edited = [move.path for _, move in left if signature(desk.root / move.path) != move.was]
    if edited:
        raise ProoflaneError(
            f"{edited[0]!r} was edited while a sync ran",
            f"move your edit away, remove {str(desk.folder)!r}, git stash, and run this again",
        )


def _signature(was: list[int] | None) -> Signature:
    return None if was is None else (was[0], was[1], was[2], was[3])
