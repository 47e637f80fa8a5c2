"""Bare repositories in folders: the branch is the proposal, and a file beside it holds its text.

A pull request is `prooflane-pulls/NUMBER.json` in git's folder. Whether it was merged is what git
says: its branch lies in the base. There is no identity, no limit and no check.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.forge.model import (
    Checks,
    ForgeError,
    Note,
    Proposal,
    Pull,
    PullState,
    Remote,
    Trouble,
)
from prooflane.git import history, process, repository

FOLDER = "prooflane-pulls"
HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file of a pull request holds."""

    number: int
    marker: str
    branch: str
    base: str
    title: str
    body: str
    closed: str = ""


class Folders:
    """The bare repositories below a folder; a repository's path is its folder."""

    host = ""
    identity = "folders"

    def repositories(self, group: str) -> Iterator[Remote]:
        """Give the bare repositories in a folder.

        Raises:
            ForgeError: when there is no such folder.
        """
        root = Path(group).expanduser().absolute()
        if not root.is_dir():
            raise ForgeError(Trouble.gone, f"there is no folder {str(root)!r}")
        found = sorted(path.parent for path in root.rglob("HEAD") if _is_bare(path.parent))
        for place in found:
            yield self.repository(str(place))

    def repository(self, path: str) -> Remote:
        """Return the repository in the folder `path`.

        Raises:
            ForgeError: when there is none.
        """
        place = Path(path)
        if not _is_bare(place):
            message = f"{path!r} is no bare repository"
            raise ForgeError(Trouble.gone, message, "git clone --bare makes one")
        done = process.attempt("symbolic-ref", "HEAD", cwd=place)
        branch = done.stdout.decode().strip().removeprefix(HEADS)
        is_empty = repository.resolve(place, "HEAD") is None
        may_push = os.access(place / "objects", os.W_OK)
        return Remote(path, path, path, branch, is_empty=is_empty, may_push=may_push)

    def credentials(self) -> Mapping[str, str]:
        """Return nothing: git needs no token here."""
        return {}

    def find(self, path: str, branch: str, marker: str) -> Pull | None:
        """Return the pull request from `branch` with `marker`, or None."""
        kept = self._found(path, branch, marker)
        return _pull(path, kept) if kept else None

    def upsert(self, path: str, proposal: Proposal) -> Pull:
        """Return the one pull request of the proposal's marker, made or brought up to date."""
        there = self._found(path, proposal.branch, proposal.marker)
        number = there.number if there else len(list(_all(path))) + 1
        wanted = Kept(number, **asdict(proposal))
        if there is None or not there.closed:
            _write(path, wanted)
        return _pull(path, there if there and there.closed else wanted)

    def pull(self, path: str, number: int) -> Pull:
        """Return a pull request as it is now."""
        return _pull(path, _read(path, number))

    def checks(self, path: str, commit: str) -> Checks:
        """Return that there are none."""
        del path, commit
        return Checks.none

    def notes(self, path: str, number: int, about: str) -> tuple[Note, ...]:
        """Return nothing: nobody comments on a file."""
        del path, number, about
        return ()

    def close(self, path: str, number: int, comment: str) -> None:
        """Close a pull request, and say why in it."""
        _write(path, replace(_read(path, number), closed=comment))

    def _found(self, path: str, branch: str, marker: str) -> Kept | None:
        ours = (kept for kept in _all(path) if (kept.branch, kept.marker) == (branch, marker))
        return min(ours, key=lambda kept: (bool(kept.closed), kept.number), default=None)


def _is_bare(place: Path) -> bool:
    return (place / "objects").is_dir() and (place / "HEAD").is_file() and place.name != ".git"


def _all(path: str) -> Iterator[Kept]:
    for file in sorted(Path(path, FOLDER).glob("*.json")):
        yield _read(path, int(file.stem))


def _read(path: str, number: int) -> Kept:
    try:
        return Kept(**json.loads(Path(path, FOLDER, f"{number}.json").read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise ForgeError(Trouble.gone, f"{path!r} has no pull request {number}") from error


def _write(path: str, kept: Kept) -> None:
    file = Path(path, FOLDER, f"{kept.number}.json")
    try:
        file.parent.mkdir(exist_ok=True)
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps(asdict(kept), indent=2), encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ForgeError(Trouble.refused, f"{path!r} cannot be written: {reason}") from error


def _pull(path: str, kept: Kept) -> Pull:
    place = Path(path)
    head = repository.resolve(place, f"{HEADS}{kept.branch}") or ""
    state = PullState.closed if kept.closed else PullState.open
    if head and not kept.closed and _is_merged(place, head, f"{HEADS}{kept.base}"):
        state = PullState.merged
    url = str(place / FOLDER / f"{kept.number}.json")
    return Pull(kept.number, url, state, kept.branch, head, kept.marker)


def _is_merged(place: Path, head: str, base: str) -> bool:
    try:
        return history.is_ancestor(place, head, base)
    except ProoflaneError:
        return False
