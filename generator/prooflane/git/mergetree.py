"""Lets git merge three trees where it knows more than their paths: renames, binaries, folders.

Decides the setting only: a scratch repository that borrows the objects of the real one and none of
its configuration, so that neither a hostile nor a careful user's settings change a result. Nothing
is written to the real repository.
"""

import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane.files import Entries, Entry, object_id, trees
from prooflane.git import process

# what git's markers call the two sides
OURS, THEIRS = "yours", "template"
CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = true
\tattributesFile = /dev/null
[merge]
\tdirectoryRenames = false
\trenames = true
\tconflictStyle = merge
[diff]
\talgorithm = histogram
"""
# a person's own merge driver must not decide what a plan says
ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
WHO = "prooflane <prooflane@localhost> 0 +0000"
Stages = tuple[Entry | None, Entry | None, Entry | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What git made of three trees: the tree, unmerged paths with their stages, its new blobs.

    `said` holds each of its messages by kind, such as `CONFLICT (binary)`, with the paths.
    """

    tree: Mapping[str, Entry]
    unmerged: Mapping[str, Stages]
    blobs: Mapping[str, bytes]
    said: tuple[tuple[str, tuple[str, ...]], ...]


def merge(
    objects: Path,
    sides: tuple[Entries, Entries, Entries],
    held: Callable[[str], bytes | None],
    read: Callable[[str], bytes],
) -> Outcome:
    """Return what `git merge-tree` makes of base, ours and theirs.

    `objects` is the object folder that is borrowed, `held` gives what is only in memory.

    Raises:
        ProoflaneError: when git fails.
    """
    with tempfile.TemporaryDirectory(prefix="prooflane-") as folder:
        scratch = Path(folder)
        _prepare(scratch, objects)
        _store(scratch, sides, held)
        command = ("merge-tree", "--write-tree", "-z", "--messages", OURS, THEIRS)
        done = process.attempt(*command, cwd=scratch, env=ALONE)
        if done.returncode not in {0, 1}:
            raise process.failure(command, done.stderr.decode(errors="replace"))
        tree, unmerged, said = _parsed(done.stdout)
        listing = process.git("ls-tree", "-r", "-z", tree, cwd=scratch)
        entries = dict(map(_entry, listing.split(b"\0")[:-1]))
        known = {entry.id for side in sides for entry in side.values()}
        made = {entry.id for entry in entries.values()} - known
        blobs = {digest: _loose(scratch, digest) or read(digest) for digest in made}
    return Outcome(entries, unmerged, blobs, said)


def _prepare(scratch: Path, objects: Path) -> None:
    for name in ("objects/info", "refs/heads"):
        (scratch / name).mkdir(parents=True)
    (scratch / "HEAD").write_text(f"ref: refs/heads/{OURS}\n")
    (scratch / "config").write_text(CONFIG)
    borrowed = str(objects).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    (scratch / "objects/info/alternates").write_text(f'"{borrowed}"\n', errors="surrogateescape")


def _store(
    scratch: Path,
    sides: tuple[Entries, Entries, Entries],
    held: Callable[[str], bytes | None],
) -> None:
    for digest in {entry.id for side in sides for entry in side.values()}:
        data = held(digest)
        if data is not None:
            _write(scratch, b"blob", data)
    base, ours, theirs = (_tree(scratch, side) for side in sides)
    parent = _commit(scratch, base, ())
    for name, tree in ((OURS, ours), (THEIRS, theirs)):
        commit = _commit(scratch, tree, (parent,))
        (scratch / "refs/heads" / name).write_text(f"{commit}\n")


def _tree(scratch: Path, side: Entries) -> str:
    root, made = trees(side)
    for data in made:
        _write(scratch, b"tree", data)
    return root


def _commit(scratch: Path, tree: str, parents: Iterable[str]) -> str:
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    text = "\n".join([*lines, f"author {WHO}", f"committer {WHO}", "", "side", ""])
    return _write(scratch, b"commit", text.encode())


def _write(scratch: Path, kind: bytes, data: bytes) -> str:
    digest = object_id(kind, data).hex()
    place = scratch / "objects" / digest[:2] / digest[2:]
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(zlib.compress(b"%s %d\0" % (kind, len(data)) + data, 1))
    return digest


def _loose(scratch: Path, digest: str) -> bytes | None:
    place = scratch / "objects" / digest[:2] / digest[2:]
    if not place.exists():
        return None
    return zlib.decompress(place.read_bytes()).partition(b"\0")[2]


def _parsed(
    printed: bytes,
) -> tuple[str, dict[str, Stages], tuple[tuple[str, tuple[str, ...]], ...]]:
    tree, *rest = printed.split(b"\0")
    fields = iter(rest)
    unmerged: dict[str, Stages] = {}
    for line in iter(lambda: next(fields, b""), b""):
        path, entry, stage = _staged(line)
        stages = list(unmerged.get(path, (None, None, None)))
        stages[stage - 1] = entry
        unmerged[path] = (stages[0], stages[1], stages[2])
    return tree.decode(), unmerged, tuple(_messages(fields))


def _messages(fields: Iterator[bytes]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for count in iter(lambda: next(fields, b""), b""):
        paths = tuple(_text(next(fields)) for _ in range(int(count)))
        yield _text(next(fields)), paths
        next(fields)


def _staged(line: bytes) -> tuple[str, Entry, int]:
    meta, path = line.split(b"\t", 1)
    mode, digest, stage = meta.split()
    return _text(path), Entry(int(mode, 8), digest.decode()), int(stage)


def _entry(line: bytes) -> tuple[str, Entry]:
    meta, path = line.split(b"\t", 1)
    mode, _, digest = meta.split()
    return _text(path), Entry(int(mode, 8), digest.decode())


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
