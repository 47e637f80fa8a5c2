"""Reads what a release record is compared with: commits and their parents, one file, tree ids."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from prooflane.git import process, repository


def is_ancestor(place: Path, older: str, newer: str) -> bool:
    """Say whether the history of `newer` holds `older`."""
    command = ("merge-base", "--is-ancestor", older, newer)
    return process.attempt(*command, cwd=place).returncode == 0


def parent(place: Path, commit: str) -> str | None:
    """Return the first parent of `commit`, or None when it is the first of all."""
    return repository.resolve(place, f"{commit}^1")


def commits(place: Path, head: str) -> list[list[str]]:
    """Return each commit that `head` holds, newest first, with its parents after it."""
    listing = process.git("rev-list", "--parents", head, cwd=place)
    return [line.split() for line in listing.decode().splitlines()]


def paths(place: Path, commit: str, folder: str) -> list[str]:
    """Return what lies directly in `folder` of `commit`."""
    listing = process.git("ls-tree", "-z", "--name-only", commit, f"{folder}/", cwd=place)
    return [raw.decode(errors="replace") for raw in listing.split(b"\0")[:-1]]


def content(place: Path, commit: str, path: str) -> bytes | None:
    """Return the bytes of `path` in `commit`, or None when there is no such file."""
    done = process.attempt("cat-file", "blob", f"{commit}:{path}", cwd=place)
    return done.stdout if done.returncode == 0 else None


def moment(place: Path, commit: str) -> float:
    """Return when `commit` was made, as it says itself."""
    return float(process.git("show", "-s", "--format=%ct", commit, cwd=place))


def committer(place: Path, commit: str) -> str:
    """Return who made `commit`, and when: name, address, seconds and zone."""
    told = process.git("cat-file", "commit", commit, cwd=place).decode(errors="replace")
    lines = (line for line in told.partition("\n\n")[0].splitlines())
    found = (line.partition(" ")[2] for line in lines if line.startswith("committer "))
    return next(found, "")


def touches(place: Path, commit: str, path: str) -> bool:
    """Say whether `commit` changed `path`; the first commit of all changed what it holds."""
    command = ("diff-tree", "-r", "--root", "--no-commit-id", "--name-only", commit, "--", path)
    return bool(process.git(*command, cwd=place).strip())


def added(place: Path, commit: str, folder: str) -> list[str]:
    """Return what `commit` added to `folder`."""
    options = ("-r", "--root", "--no-commit-id", "--no-renames", "--diff-filter=A", "--name-only")
    command = ("diff-tree", *options, "-z", commit, "--", f"{folder}/")
    listing = process.git(*command, cwd=place)
    return [raw.decode(errors="replace") for raw in listing.split(b"\0")[:-1]]


def tree_without(place: Path, commit: str, path: str) -> str:
    """Return the id of the tree of `commit` as it was before `path`, one folder deep, was added."""
    folder, name = path.split("/")
    inner = b"".join(raw for found, raw in _entries(place, f"{commit}:{folder}") if found != name)
    changed = b"40000 %s\0" % folder.encode() + _digest(inner)
    outer = (
        raw if found != folder else changed if inner else b""
        for found, raw in _entries(place, commit)
    )
    return _digest(b"".join(outer)).hex()


def _entries(place: Path, tree: str) -> Iterator[tuple[str, bytes]]:
    listing = process.git("ls-tree", "-z", tree, cwd=place)
    for line in listing.split(b"\0")[:-1]:
        meta, name = line.split(b"\t", 1)
        mode, _, digest = meta.split()
        raw = mode.lstrip(b"0") + b" " + name + b"\0" + bytes.fromhex(digest.decode())
        yield name.decode(errors="replace"), raw


def _digest(data: bytes) -> bytes:
    header = b"tree %d\0" % len(data)
    return hashlib.sha1(header + data, usedforsecurity=False).digest()
