"""Asks git about the past: objects by name, trees without their approvals, who was named when.

Everything is read as data, in as few processes as there are questions; nothing of the past is run.
"""

import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from controls import document, git
from controls.approvals.tree import FOLDER as APPROVALS
from controls.errors import ControlsError
from controls.manifest import NAME, Principal, Role

Entries = dict[bytes, tuple[bytes, bytes]]  # name → mode, id
_TREE = b"40000"


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to one file: `kind` is A, M or D, `at` seconds since 1970."""

    commit: str
    at: int
    kind: str
    path: str


def objects(root: Path, names: Iterable[str]) -> dict[str, bytes | None]:
    """Return name → content of each object, None for one that is not there.

    Raises:
        ControlsError: when git fails.
    """
    wanted = tuple(dict.fromkeys(names))
    told = git.run(root, "cat-file", "--batch", stdin="".join(f"{n}\n" for n in wanted).encode())
    found: dict[str, bytes | None] = {}
    for name in wanted:
        head, _, told = told.partition(b"\n")
        words = head.rsplit(b" ", 2)
        size = int(words[2]) if len(words) == 3 and words[2].isdigit() else -1
        found[name] = told[:size] if size >= 0 else None
        told = told[size + 1 :] if size >= 0 else told
    return found


def changes(root: Path, folder: str) -> list[Change]:
    """Return what the commits behind HEAD did to the files of `folder`, oldest first.

    A merge counts as the commit that brought what it merges.

    Raises:
        ControlsError: when git fails, or there is no commit.
    """
    told = git.run(
        root, "log", "--first-parent", "-m", "--no-renames", "--name-status", "--relative", "-z",
        "--reverse", "--format=%x01%H %ct", "HEAD", "--", folder,
    ).decode(errors="surrogateescape")  # fmt: skip
    return [change for block in told.split("\x01")[1:] for change in _changes(block)]


def _changes(block: str) -> Iterator[Change]:
    head, *words = (word.strip("\n") for word in block.split("\0"))
    commit, at = head.split(" ")
    words = [word for word in words if word]
    for kind, path in zip(words[::2], words[1::2], strict=True):
        yield Change(commit, int(at), kind[:1], path)


def trees(root: Path, commits: Iterable[str]) -> dict[str, str]:
    """Return commit → id of its tree without the approvals; what git does not know is left out.

    The id is the one that `approvals.tree.of` gives for the same files.

    Raises:
        ControlsError: when git fails.
    """
    wanted = tuple(dict.fromkeys(commits))
    prefix = git.text(root, "rev-parse", "--show-prefix").rstrip("/")
    size = 20 if git.text(root, "rev-parse", "--show-object-format") == "sha1" else 32
    tops = objects(root, [f"{commit}:{prefix}" for commit in wanted])
    found = {
        commit: _entries(blob, size)
        for commit in wanted
        if (blob := tops[f"{commit}:{prefix}"]) is not None
    }
    outer = PurePosixPath(APPROVALS).parts[0].encode()
    inner = [top[outer][1].hex() for top in found.values() if outer in top]
    folders = objects(root, inner)
    return {commit: _id(_without(top, folders, size), size) for commit, top in found.items()}


def _without(top: Entries, folders: Mapping[str, bytes | None], size: int) -> Entries:
    outer, name = (part.encode() for part in PurePosixPath(APPROVALS).parts)
    blob = folders[top[outer][1].hex()] if top.get(outer, (b"", b""))[0] == _TREE else None
    inner = _entries(blob, size) if blob is not None else {}
    if name not in inner:
        return top
    rest = {key: entry for key, entry in inner.items() if key != name}
    if not rest:
        return {key: entry for key, entry in top.items() if key != outer}
    return {**top, outer: (_TREE, bytes.fromhex(_id(rest, size)))}


def _entries(blob: bytes, size: int) -> Entries:
    found: Entries = {}
    while blob:
        mode, _, rest = blob.partition(b" ")
        name, _, rest = rest.partition(b"\0")
        found[name] = (mode, rest[:size])
        blob = rest[size:]
    return found


def _id(entries: Entries, size: int) -> str:
    body = b"".join(b"%b %b\0%b" % (mode, name, id_) for name, (mode, id_) in entries.items())
    data = b"tree %d\0%b" % (len(body), body)
    made = hashlib.sha1(data) if size == 20 else hashlib.sha256(data)  # noqa: S324  git's own
    return made.hexdigest()


@functools.lru_cache(maxsize=64)
def part(manifest: bytes | None, name: str) -> Mapping[str, object]:
    """Return a part, such as `spec`, of the bytes of a manifest; empty where they hold none."""
    try:
        data = document.parse(manifest, NAME).data if manifest is not None else None
    except ControlsError:
        data = None
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


@functools.lru_cache(maxsize=64)
def roles(manifest: bytes | None) -> tuple[Role, ...]:
    """Return the roles that the bytes of a manifest name; what is malformed names nobody."""
    entries = part(manifest, "spec").get("approvals")
    return tuple(
        _role(entry)
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    )


def _role(entry: Mapping[str, object]) -> Role:
    people, paths, threshold = (entry.get(key) for key in ("principals", "paths", "threshold"))
    return Role(
        str(entry.get("role") or ""),
        tuple(
            Principal(*(str(person.get(part) or "") for part in ("name", "handle", "key")))
            for person in (people if isinstance(people, list) else [])
            if isinstance(person, dict)
        ),
        threshold if isinstance(threshold, int) and threshold > 0 else 1,
        tuple(map(str, paths)) if isinstance(paths, list) else (),
    )
