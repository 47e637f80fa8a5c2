"""Computes what an approval is about for commits: their trees, with the approvals left out.

The same id as `tree.of` gives for the same files, found without a work tree, so that the past can
be asked and a change that nobody may run can be judged.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from controls import git
from controls.approvals.tree import FOLDER

Entries = Mapping[bytes, tuple[bytes, bytes]]  # name -> mode, id
_TREE = b"40000"
_SHA1, _SHA256 = 20, 32  # how many bytes an id has


def trees(root: Path, commits: Iterable[str]) -> Mapping[str, str]:
    """Return commit -> id of its tree without the approvals, for a repository rooted at `root`.

    A commit that has no such folder yet is left out.

    Raises:
        ControlsError: when git fails.
    """
    wanted = tuple(dict.fromkeys(commits))
    prefix = git.text(root, "rev-parse", "--show-prefix").rstrip("/")
    tops = git.objects(root, [f"{commit}:{prefix}" for commit in wanted])
    size = _SHA1 if git.text(root, "rev-parse", "--show-object-format") == "sha1" else _SHA256
    found = {commit: _entries(tops[f"{commit}:{prefix}"], size) for commit in wanted}
    folder, name = (part.encode() for part in PurePosixPath(FOLDER).parts)
    inner = [top[folder][1].hex() for top in found.values() if top and _is_tree(top, folder)]
    folders = git.objects(root, inner)
    return {
        commit: _id(_without(top, (folder, name), folders, size), size)
        for commit, top in found.items()
        if top is not None
    }


def _without(
    top: Entries, path: tuple[bytes, bytes], folders: Mapping[str, bytes | None], size: int
) -> Entries:
    folder, name = path
    if not _is_tree(top, folder):
        return top
    inner = _entries(folders[top[folder][1].hex()], size) or {}
    if name not in inner:
        return top
    rest = {key: entry for key, entry in inner.items() if key != name}
    if not rest:
        return {key: entry for key, entry in top.items() if key != folder}
    return {**top, folder: (_TREE, bytes.fromhex(_id(rest, size)))}


def _is_tree(top: Entries, name: bytes) -> bool:
    return name in top and top[name][0] == _TREE


def _entries(blob: bytes | None, size: int) -> dict[bytes, tuple[bytes, bytes]] | None:
    """Return the entries of a tree object, in its order; an id is `size` bytes long."""
    if blob is None:
        return None
    found: dict[bytes, tuple[bytes, bytes]] = {}
    while blob:
        mode, _, rest = blob.partition(b" ")
        name, _, rest = rest.partition(b"\0")
        found[name] = (mode, rest[:size])
        blob = rest[size:]
    return found


def _id(entries: Entries, size: int) -> str:
    body = b"".join(b"%s %s\0%s" % (mode, name, id_) for name, (mode, id_) in entries.items())
    data = b"tree %d\0%s" % (len(body), body)
    made = hashlib.sha1(data) if size == _SHA1 else hashlib.sha256(data)  # noqa: S324 - git's own
    return made.hexdigest()
