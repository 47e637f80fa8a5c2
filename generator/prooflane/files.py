"""A tree of files as a value, and the names that git gives to its parts.

Pure: never reads or writes a disk, never asks git. `prooflane.git` stores such trees,
`prooflane.render` makes them.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

REGULAR, EXECUTABLE, LINK = 0o100644, 0o100755, 0o120000
# of an id; a repository whose ids have more names its objects by SHA-256, and is not for us
DIGITS = 40


@dataclass(frozen=True, slots=True)
class File:
    """Bytes and git's mode; the data of a link is its target."""

    data: bytes
    mode: int = REGULAR


Tree = Mapping[str, File]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as git's trees name it: its mode and the object id of its data."""

    mode: int
    id: str


Entries = Mapping[str, Entry]


def object_id(kind: bytes, data: bytes) -> bytes:
    """Return the object id that git gives to `data` stored as `kind`."""
    header = b"%s %d\0" % (kind, len(data))
    return hashlib.sha1(header + data, usedforsecurity=False).digest()


def blob_id(data: bytes) -> str:
    """Return the object id that git gives to `data`."""
    return object_id(b"blob", data).hex()


def tree_id(tree: Tree | Entries) -> str:
    """Return the object id that git gives to `tree`, whose keys are paths with `/`."""
    return trees(tree)[0]


def trees(tree: Tree | Entries) -> tuple[str, list[bytes]]:
    """Return the object id of `tree`, and the data of each tree object that it consists of."""
    made: list[bytes] = []
    return _tree(_nested(tree), made).hex(), made


def entries(tree: Tree) -> dict[str, Entry]:
    """Return `tree` with object ids in place of data."""
    return {path: Entry(file.mode, blob_id(file.data)) for path, file in tree.items()}


@lru_cache(maxsize=1 << 14)
def is_safe(path: str) -> bool:
    """Say whether writing `path` stays inside the root and out of git's own files."""
    parts = path.split("/")
    return not any(_is_risky(part) for part in parts)


def is_text(words: str) -> bool:
    """Say whether `words` can be written; bytes of a command line that are no UTF-8 cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in words)


def stays_inside(path: str, target: str) -> bool:
    """Say whether the link at `path` to `target` points into the same tree.

    It may climb first and descend then: climbing out of a folder that is a link itself leads
    anywhere. No link may stand where git reads its own settings.
    """
    parts = [part for part in target.split("/") if part != "."]
    climbs = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    descends = ".." not in parts[climbs:] and not target.startswith("/") and "\0" not in target
    name = path.rpartition("/")[2].lower()
    return climbs <= path.count("/") and descends and not name.startswith(".git")


# what some file systems leave out of a name
UNSEEN = dict.fromkeys(
    (*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF)
)


def _is_risky(part: str) -> bool:
    # elsewhere `.GIT`, `git~1`, `.git `, `.git::$DATA` and `.g\u200cit` are git's own folder
    folded = part.lower().translate(UNSEEN).partition(":")[0].rstrip(". ")
    return part in {"", ".", ".."} or "\0" in part or "\\" in part or folded in {".git", "git~1"}


Nested = dict[str, "File | Entry | Nested"]


def _nested(tree: Tree | Entries) -> Nested:
    folders: dict[str, Nested] = {"": {}}
    for path, file in tree.items():
        above, _, name = path.rpartition("/")
        folder = folders.get(above)
        if folder is None:
            folder = _folder(above, folders)
        folder[name] = file
    return folders[""]


def _folder(path: str, folders: dict[str, Nested]) -> Nested:
    if path not in folders:
        above, _, name = path.rpartition("/")
        made = _folder(above, folders).setdefault(name, {})
        assert isinstance(made, dict), f"{path!r} is a file that others lie below"
        folders[path] = made
    return folders[path]


def _tree(folder: Nested, made: list[bytes]) -> bytes:
    data = b"".join(line for _, line in sorted(_lines(folder, made)))
    made.append(data)
    return object_id(b"tree", data)


def _lines(folder: Nested, made: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    # git sorts a folder as if its name ended in a slash
    for name, entry in folder.items():
        raw = name.encode("utf-8", "surrogateescape")
        if isinstance(entry, dict):
            yield raw + b"/", b"40000 " + raw + b"\0" + _tree(entry, made)
        else:
            yield raw, b"%b%b\0%b" % (_octal(entry.mode), raw, _digest(entry))


@cache
def _octal(mode: int) -> bytes:
    return b"%o " % mode


def _digest(entry: File | Entry) -> bytes:
    if isinstance(entry, Entry):
        return bytes.fromhex(entry.id)
    return object_id(b"blob", entry.data)
