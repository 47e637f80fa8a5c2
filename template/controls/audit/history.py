"""Asks git about the past: objects by name, what a folder went through, who was named when.

Everything is read as data, in as few processes as there are questions; nothing of the past is run.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from controls import document, git
from controls.errors import ControlsError
from controls.manifest import NAME, Principal, Role


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
