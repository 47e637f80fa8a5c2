"""What owners do to a repository between two syncs, as edits of a tree. Deterministic and pure.

Each kind is applied to a golden repository of its own. They are what people really do: own files,
a line of one's own at the end of a shared file, a paragraph inside a text, an edited file of one's
own, an edit where none is meant to be, a file that nobody wanted.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from prooflane.catalogue import Ownership
from prooflane.files import LINK, File

Files = dict[str, File]
Edit = Callable[[Mapping[str, File], Ownership], Files]
COMMENTS = frozenset({".py", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".sh"})
OURS = "Ours: kept since the first week."
PLAIN, MANAGED = "plain", "managed-edit"


def own_files(_tree: Mapping[str, File], _owners: Ownership) -> Files:
    """Add files of one's own."""
    return {"notes/own.md": File(b"# Own notes\n"), "notes/data/own.csv": File(b"a,b\n1,2\n")}


def edited(tree: Mapping[str, File], owners: Ownership) -> Files:
    """Add a line to the end of each shared text."""
    return _each(tree, owners, "merged", _appended)


def inside(tree: Mapping[str, File], owners: Ownership) -> Files:
    """Write a paragraph into the middle of each shared page."""
    return _each(tree, owners, "merged", _inserted)


def own_edited(tree: Mapping[str, File], owners: Ownership) -> Files:
    """Add a line to each file of one's own that takes comments."""
    return _each(tree, owners, "yours", _appended)


def managed(tree: Mapping[str, File], owners: Ownership) -> Files:
    """Edit the first file that the template manages."""
    return dict(list(_each(tree, owners, "managed", _commented).items())[:1])


KINDS: Mapping[str, Edit] = {
    PLAIN: lambda _tree, _owners: {},
    "own-files": own_files,
    "edited": edited,
    "inside": inside,
    "own-edited": own_edited,
    MANAGED: managed,
}


def _each(
    tree: Mapping[str, File],
    owners: Ownership,
    owner: str,
    change: Callable[[str, bytes], bytes],
) -> Files:
    made: Files = {}
    for path, file in sorted(tree.items()):
        if owners.of(path) == owner and file.mode != LINK:
            data = change(path, file.data)
            if data != file.data:
                made[path] = File(data, file.mode)
    return made


def _appended(path: str, data: bytes) -> bytes:
    if PurePosixPath(path).suffix == ".md":
        return data + f"\n## Ours\n\n{OURS}\n".encode()
    return _commented(path, data)


def _commented(path: str, data: bytes) -> bytes:
    ended = data.endswith(b"\n")
    return data + f"# {OURS}\n".encode() if ended and _takes_comments(path) else data


def _inserted(path: str, data: bytes) -> bytes:
    if PurePosixPath(path).suffix != ".md":
        return data
    parts = data.split(b"\n\n")
    at = len(parts) // 2
    return b"\n\n".join([*parts[:at], OURS.encode(), *parts[at:]]) if at else data


def _takes_comments(path: str) -> bool:
    return PurePosixPath(path).suffix in COMMENTS
