"""Proves the trail: every entry chained to the one before, none changed, none missing at the end.

Three witnesses are asked: the chain (a changed byte), the head (a cut tail), and signed checkpoints
(a trail that somebody wrote anew, head and all). Entries whose time is over are hashes; that nobody
else made them so is witnessed by the `expire` entry, which names the digest of each file it wrote.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from controls.audit import entry, read
from controls.audit.entry import Entry
from controls.audit.head import Head
from controls.audit.merkle import EMPTY, Frontier
from controls.audit.read import Snapshot
from controls.errors import ControlsError

_TOLD = frozenset(
    kind.encode() for kind in (entry.INTENT, entry.OUTCOME, entry.EXPIRE, entry.REPAIR)
)
_CLOSING = b'"'


class Broken(Exception):
    """The first thing in the trail that is not as it was written."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The hash of the last of some entries, and the root over them."""

    hash: str
    root: str


@dataclass(slots=True)
class Walk:
    """What a walk over the trail has met so far."""

    tree: Frontier = field(default_factory=Frontier)
    last: str = entry.GENESIS
    expired: int = 0
    open_intents: dict[int, Entry] = field(default_factory=dict)
    repairs: list[Entry] = field(default_factory=list)
    allowed: dict[str, set[str]] = field(default_factory=dict)  # segment → digests it may have
    hollow: list[tuple[str, str, int]] = field(default_factory=list)  # segment, digest, first entry
    marks: dict[int, Mark] = field(default_factory=lambda: {0: Mark(entry.GENESIS, EMPTY.hex())})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was proven; `problems` is empty when the trail is whole.

    Where it is `broken`, more is wrong than that its end is missing; nothing behind the place where
    the chain breaks was looked at.

    `marks` says what the trail had come to after no entry, after the first, and after each number
    of entries that was asked for.
    """

    entries: int
    expired: int
    segments: int
    root: str
    last: str
    unfinished_bytes: int
    open_intents: tuple[Entry, ...]
    repairs: tuple[Entry, ...]
    marks: dict[int, Mark]
    broken: bool
    problems: tuple[str, ...]

    @property
    def trail(self) -> str:
        """The hash of the first entry, which tells this trail from all others."""
        return self.marks[1].hash if 1 in self.marks else ""


def verify(root: Path, sizes: Iterable[int] = ()) -> Verdict:
    """Return what the trail of the repository at `root` proves by itself.

    Raises:
        ControlsError: when there is none.
    """
    with read.snapshot(root) as seen:
        wanted = frozenset(sizes) | {1, seen.head.entries if seen.head else 0}
        walk, problems, torn, broken = Walk(), [], 0, True
        try:
            torn = _walked(walk, seen, wanted)
        except Broken as found:
            problems.append(str(found))
        else:
            problems = [*_hollow(walk), *_against_head(walk, seen)]
            broken = any(_hollow(walk))
    return Verdict(
        walk.tree.size,
        walk.expired,
        len(seen.files),
        walk.tree.root().hex(),
        walk.last,
        torn,
        tuple(walk.open_intents.values()),
        tuple(walk.repairs),
        walk.marks,
        broken,
        tuple(problems),
    )


def _walked(walk: Walk, seen: Snapshot, wanted: frozenset[int]) -> int:
    """Walk over the whole trail and return the length of the half line that it ends in."""
    torn = 0
    for file, path in zip(seen.files, seen.paths, strict=True):
        if torn:
            raise Broken(f"the segment before {path.name} ends in half a line")
        torn = _segment(walk, file, path, wanted)
    return torn


def _segment(walk: Walk, file: BufferedReader, path: Path, wanted: frozenset[int]) -> int:
    """Walk over one segment and return the length of the half line that it ends in.

    One loop on purpose: it runs a million times in a few seconds.
    """
    tree, last, sha256, first = walk.tree, walk.last.encode(), hashlib.sha256, -1
    for raw in file:
        line = raw[:-1]
        if raw[-1:] != b"\n":
            walk.last = last.decode()
            return len(raw)
        if line[:1] == b"{":
            begin = b'{"prev":"%b","seq":%d,"kind":"' % (last, tree.size)
            if line[: len(begin)] != begin:
                raise Broken(_unchained(path, tree.size, last, line))
            kind = line[len(begin) : line.find(_CLOSING, len(begin))]
            if kind in _TOLD:
                _told(walk, line, path)
            digest = sha256(b"\0" + line).digest()
        else:
            digest = _hash(line, path, tree.size)
            first = tree.size if first < 0 else first
            walk.expired += 1
        tree.add(digest)
        last = digest.hex().encode()
        if tree.size in wanted:
            walk.marks[tree.size] = Mark(digest.hex(), tree.root().hex())
    walk.last = last.decode()
    if first >= 0:
        file.seek(0)
        walk.hollow.append((path.name, hashlib.file_digest(file, "sha256").hexdigest(), first))
    return 0


def _hash(line: bytes, path: Path, seq: int) -> bytes:
    try:
        return read.expired(line)
    except ControlsError as error:
        raise Broken(f"entry {seq} in {path.name}: {error.message}") from error


def _unchained(path: Path, seq: int, last: bytes, line: bytes) -> str:
    chained = line.startswith(b'{"prev":"' + last + b'"')
    if not seq or chained:
        return f"entry {seq} in {path.name} was changed, or entries were taken out before it"
    return f"entry {seq - 1} or {seq}, in {path.name} or before it, was changed or taken out"


def _told(walk: Walk, line: bytes, path: Path) -> None:
    try:
        found = entry.parse(line)
        if found.kind == entry.INTENT:
            walk.open_intents[found.seq] = found
        elif found.kind == entry.OUTCOME:
            walk.open_intents.pop(int(str(found.facts.get("intent", -1))), None)
        elif found.kind == entry.REPAIR:
            walk.repairs.append(found)
        else:
            for name, digest in dict(found.facts["segments"]).items():  # type: ignore[call-overload]
                walk.allowed.setdefault(name, set()).add(digest)
    except (ControlsError, KeyError, TypeError, ValueError) as error:
        raise Broken(f"entry {walk.tree.size} in {path.name} does not read as one") from error


def _against_head(walk: Walk, seen: Snapshot) -> Iterator[str]:
    found = seen.head
    if found is None:
        yield "the head is gone or damaged, so that a cut tail could not be seen"
    elif walk.tree.size < found.entries:
        missing = found.entries - walk.tree.size
        yield (
            f"entries are missing at the end: {missing}, for there are {walk.tree.size} and the"
            f" head has {found.entries}"
        )
    elif walk.marks[found.entries].hash != found.hash:
        yield f"the head does not name entry {found.entries - 1}: the last entries were changed"
    elif walk.tree.size - found.entries not in _lines_after(found, seen):
        yield "the head does not stand at the end of the entry that it names"


def _lines_after(found: Head, seen: Snapshot) -> tuple[int, ...]:
    """Count the lines behind the head: whole entries of a writer that was killed.

    Nothing where the head stands in no segment, or behind the end of its own; a segment behind that
    is empty, as one is that was only just begun.
    """
    numbers = [int(path.stem) for path in seen.paths]
    if found.segment not in numbers:
        return (0,) if found == Head() else ()
    own, *later = seen.files[numbers.index(found.segment) :]
    if own.seek(0, os.SEEK_END) < found.offset or any(file.seek(0, os.SEEK_END) for file in later):
        return ()
    own.seek(found.offset)
    return (sum(line.endswith(b"\n") for line in own),)


def _hollow(walk: Walk) -> Iterator[str]:
    for name, digest, first in walk.hollow:
        if digest not in walk.allowed.get(name, ()):
            yield f"{name} holds hashes (the first is entry {first}) that no expiry put there"
