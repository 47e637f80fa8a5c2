"""Appends to the trail: under one lock for all processes, each entry chained to the one before.

An append is acknowledged when the head says so. What a killed writer left behind its head is taken
over where it is whole, and cut off and recorded where it is torn. Anything else that does not fit
(a trail shorter than its head, a head that is gone) is nobody's accident: nothing is appended then,
and so nothing is done that needs an entry.
"""

import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from controls.audit import entry, head, seal
from controls.audit.entry import Act, Receipt
from controls.audit.head import Head
from controls.audit.merkle import leaf
from controls.errors import ControlsError

Done = TypeVar("Done")
SEGMENT_BYTES = 64 * 1024 * 1024
_to_disk = getattr(os, "fdatasync", os.fsync)  # macOS has only the other


def append(root: Path, act: Act, *, sync: bool = False) -> Receipt:
    """Append `act` to the trail of the repository at `root`; with `sync`, down to the disk.

    Raises:
        ControlsError: when it was not appended; whatever needed the entry must not be done.
    """
    return _writer(root).append(act, sync=sync)


def roll(root: Path) -> None:
    """Begin a new segment, so that all before it are closed.

    Raises:
        ControlsError: as `append` does.
    """
    _writer(root).roll()


@functools.cache
def _writer(root: Path) -> "Writer":
    return Writer(root)


class Writer:
    """The one writer of a process to the trail of `root`; threads may share it."""

    def __init__(self, root: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._root = root
        self._folder = root / head.FOLDER
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._seen = b""  # the head as this writer last knew it
        self._head = Head()
        self._head_file = self._segment_file = -1
        self._head_path, self._head_number = str(self._folder / head.FILE), 0
        self._segment_path, self._segment_number = "", 0
        os.register_at_fork(after_in_child=self._after_fork)

    def append(self, act: Act, *, sync: bool = False) -> Receipt:
        """Append `act`, as the function of this name does."""
        at = entry.now()
        rest = entry.tail(act, at, seal.sealed(self._root, act, at) if act.private else "")
        return self._held(lambda: self._appended(rest, at, sync=sync))

    def roll(self) -> None:
        """Begin a new segment, as the function of this name does."""
        self._held(lambda: self._turn() if self._head.offset else None)

    def _appended(self, rest: str, at: str, *, sync: bool) -> Receipt:
        if not self._head.entries:
            self._add(entry.tail(Act(entry.START, None, {}), at))
        seq = self._head.entries
        self._add(rest)
        if sync:
            _to_disk(self._segment_file)
        self._acknowledge()
        return Receipt(seq, self._head.hash, at)

    def _held(self, act: Callable[[], Done]) -> Done:
        """Do `act` where nobody else is, at the end of the trail."""
        try:
            with self._lock:
                try:
                    return self._alone(act)
                except _MovedError:  # whatever is there now decides
                    self._close()
                    return self._alone(act)
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def _alone(self, act: Callable[[], Done]) -> Done:
        if self._head_file < 0:
            self._head_file = head.made(self._folder)
            self._head_number = os.fstat(self._head_file).st_ino
        with head.Locked(self._head_file):
            self._catch_up()
            return act()

    def _catch_up(self) -> None:
        """Bring this writer to where the trail is now."""
        if self._moved():
            raise _elsewhere()
        raw, known = os.pread(self._head_file, head.LENGTH + 1, 0), self._seen
        if raw != known:
            self._follow(raw)
        size = self._size()
        if size < 0:
            raise _elsewhere()
        if size < self._head.offset:
            self._seen = b""
            raise _short(self._folder)
        if not known and not self._ends_as_the_head_says():
            self._seen = b""
            raise ControlsError(
                f"the last entry in {str(self._folder)!r} is not the one its head names",
                head.REPAIR,
            )
        if size > self._head.offset:
            self._take_over(size)

    def _size(self) -> int:
        """Return the bytes of the segment, -1 where it does not lie in its place any more."""
        try:
            state = os.stat(self._segment_path)  # noqa: PTH116  a part of every append
        except FileNotFoundError:
            return -1
        return state.st_size if state.st_ino == self._segment_number else -1

    def _moved(self) -> bool:
        """Say whether another head lies in its place, such as after a repair: its lock counts."""
        try:
            return os.stat(self._head_path).st_ino != self._head_number  # noqa: PTH116  as above
        except FileNotFoundError:
            return True

    def _follow(self, raw: bytes) -> None:
        found = head.parse(raw)
        if found is None:
            raise ControlsError(f"the head of {str(self._folder)!r} holds no head", head.REPAIR)
        if self._segment_file < 0 or found.segment != self._head.segment:
            self._switch(found.segment, new=not found.entries)
        self._head, self._seen = found, raw

    def _ends_as_the_head_says(self) -> bool:
        if not self._head.offset:
            return True
        start = max(self._head.offset - 5 * entry.LONGEST, 0)  # a character is up to four bytes
        text = os.pread(self._segment_file, self._head.offset - start, start)
        last = text[:-1].rpartition(b"\n")[2]
        return text[-1:] == b"\n" and leaf(last).hex() == self._head.hash

    def _take_over(self, size: int) -> None:
        """Acknowledge whole entries of a writer that was killed, and cut off half of one."""
        text = os.pread(self._segment_file, size - self._head.offset, self._head.offset)
        whole, _, torn = text.rpartition(b"\n")
        for line in whole.split(b"\n") if whole else []:
            if not line.startswith(entry.opening(self._head.hash, self._head.entries)):
                raise ControlsError(
                    f"what follows entry {self._head.entries - 1} in {str(self._folder)!r} is"
                    " not chained to it",
                    head.REPAIR,
                )
            self._passed(line)
        if torn:
            os.ftruncate(self._segment_file, self._head.offset)
            facts = {"cut_bytes": len(torn), "cut_sha256": entry.digest(torn)}
            self._add(_tail(entry.REPAIR, facts))

    def _add(self, rest: str) -> None:
        if self._head.offset >= self._segment_bytes:
            self._turn()
        line = entry.line(self._head.hash, self._head.entries, rest)
        text, written = line + b"\n", 0
        try:
            while written < len(text):
                written += os.write(self._segment_file, text[written:])
        except OSError:
            os.ftruncate(self._segment_file, self._head.offset)  # no half line stays
            raise
        self._passed(line)

    def _passed(self, line: bytes) -> None:
        now = self._head
        offset = now.offset + len(line) + 1
        self._head = Head(now.entries + 1, leaf(line).hex(), now.segment, offset)

    def _turn(self) -> None:
        _to_disk(self._segment_file)
        number = self._head.segment + 1
        self._switch(number, new=True)
        if os.fstat(self._segment_file).st_size:
            raise ControlsError(
                f"segment {number} of {str(self._folder)!r} is there before its time", head.REPAIR
            )
        self._head = Head(self._head.entries, self._head.hash, number, 0)
        self._acknowledge()

    def _switch(self, number: int, *, new: bool) -> None:
        if self._segment_file >= 0:
            os.close(self._segment_file)
            self._segment_file = -1
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | (os.O_CREAT if new else 0)
        path = head.segment(self._folder, number)
        try:
            self._segment_file = os.open(path, flags, 0o600)
        except FileNotFoundError as error:
            self._seen = b""
            raise _short(self._folder) from error
        self._segment_path = str(path)
        self._segment_number = os.fstat(self._segment_file).st_ino
        if new:
            head.sync(self._folder)

    def _acknowledge(self) -> None:
        raw = self._head.to_bytes()
        self._seen = b""  # until it is written, nobody knows it
        os.pwrite(self._head_file, raw, 0)
        self._seen = raw

    def _close(self) -> None:
        for descriptor in (self._head_file, self._segment_file):
            if descriptor >= 0:
                os.close(descriptor)
        self._seen, self._head = b"", Head()
        self._head_file = self._segment_file = -1

    def _after_fork(self) -> None:
        self._lock = threading.Lock()  # the parent's may be held by a thread that is gone
        self._close()  # a lock that parent and child share keeps neither out


class _MovedError(ControlsError):
    """The trail that this writer has open is not the one that lies in its place."""


def _tail(kind: str, facts: dict[str, object]) -> str:
    return entry.tail(Act(kind, None, facts), entry.now())


def _elsewhere() -> ControlsError:
    return _MovedError("the audit trail is being replaced", "try again")


def _short(folder: Path) -> ControlsError:
    return ControlsError(
        f"the audit trail in {str(folder)!r} is shorter than its head", head.REPAIR
    )


def _unwritable(folder: Path, error: OSError) -> ControlsError:
    return ControlsError(
        f"the audit trail cannot be written to {str(folder)!r}: {error.strerror or error}",
        "make the folder writable and free some space; nothing was done without an entry",
    )
