"""A bare repository through libgit2: no process for any of it, as a fleet needs.

Imported only for many repositories: the library takes a tenth of a second to import. What it reads
and writes is exactly what `prooflane.git.objects` and `prooflane.git.place` do for one.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType

from prooflane.errors import EmptyError, ProoflaneError
from prooflane.files import Entries, Entry, object_id, trees
from prooflane.git.identity import Identity
from prooflane.git.objects import Store

FOLDER, SUBMODULE = 0o40000, 0o160000
# enough for the folders that the repositories of a fleet share, and a bound on memory
LARGEST = 4096
Listing = tuple[tuple[str, Entry], ...]


class Folders:
    """Listings of folders by id: those that many repositories share are read once."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}

    def get(self, digest: str) -> Listing | None:
        """Return a listing that was read before."""
        return self._listings.get(digest)

    def put(self, digest: str, listing: Listing) -> None:
        """Remember a listing; the oldest ones are forgotten."""
        if len(self._listings) >= LARGEST:
            for old in list(self._listings)[: LARGEST // 2]:
                del self._listings[old]
        self._listings[digest] = listing


class Bare:
    """One repository, opened. It is its own backend of a `Store`."""

    def __init__(self, place: Path, folders: Folders) -> None:
        try:
            self._repository = pygit2.Repository(str(place))
        except pygit2.GitError as error:
            raise _closed(place, str(error)) from error
        self._folders = folders

    def head(self) -> str:
        """Return the commit of HEAD.

        Raises:
            EmptyError: when there is none.
        """
        if self._repository.head_is_unborn:
            raise EmptyError(f"{self._repository.path!r} has no commit yet")
        return str(self._repository.head.target)

    def entries(self, commit: str) -> dict[str, Entry]:
        """Return the files of `commit`; submodules are no files."""
        return {p: e for p, e in self._all(commit) if e.mode != SUBMODULE}

    def store(self) -> Store:
        """Return the objects of this repository."""
        return Store(self)

    def read(self, digest: str) -> bytes | None:
        """Return the bytes of an object, or None."""
        try:
            return self._repository.odb.read(pygit2.Oid(hex=digest))[1]
        except (KeyError, pygit2.GitError):
            return None  # it is not there, or broken

    def keep(self, blobs: Sequence[bytes]) -> None:
        """Store `blobs`."""
        for data in blobs:
            self._put(b"blob", ObjectType.BLOB, data)

    def folder(self) -> Path:
        """Return git's folder of objects."""
        return Path(self._repository.path) / "objects"

    def commit(self, tree: Entries, message: str, who: Identity, parent: str) -> str:
        """Make `tree` the commit after `parent` on the branch of HEAD, and return its id.

        Raises:
            ProoflaneError: when the branch is no longer at `parent`; only objects were written.
        """
        branch = self._repository.head
        made = self.make(tree, message, who, parent)
        self._move(branch, made, parent, message)
        return made

    def make(self, tree: Entries, message: str, who: Identity, parent: str) -> str:
        """Return the commit that makes `tree` of `parent`; no branch knows of it."""
        submodules = {path: e for path, e in self._all(parent) if e.mode == SUBMODULE}
        root, made = trees({**submodules, **tree})
        for data in made:
            self._put(b"tree", ObjectType.TREE, data)
        lines = [f"tree {root}", f"parent {parent}", f"author {who.author}"]
        text = "\n".join([*lines, f"committer {who.committer}", "", message, ""])
        return self._put(b"commit", ObjectType.COMMIT, text.encode())

    def first(self, tree: Entries, message: str, who: Identity) -> str:
        """Store `tree` as a commit without a parent, which no ref names; return its id."""
        root, made = trees(tree)
        for data in made:
            self._put(b"tree", ObjectType.TREE, data)
        lines = [f"tree {root}", f"author {who.author}", f"committer {who.committer}", "", message]
        return self._put(b"commit", ObjectType.COMMIT, "\n".join([*lines, ""]).encode())

    def _move(self, branch: pygit2.Reference, commit: str, parent: str, message: str) -> None:
        # libgit2 compares with what it read, and swaps in one step
        moved = ProoflaneError("the branch moved while the sync ran", "run this again")
        if str(branch.target) != parent:
            raise moved
        try:
            branch.set_target(pygit2.Oid(hex=commit), message)
        except pygit2.GitError as error:
            raise moved from error

    def _put(self, kind: bytes, number: ObjectType, data: bytes) -> str:
        digest = object_id(kind, data).hex()
        if pygit2.Oid(hex=digest) not in self._repository.odb:
            self._repository.odb.write(number, data)
        return digest

    def _all(self, commit: str) -> Iterator[tuple[str, Entry]]:
        try:
            tree = self._repository[commit].peel(pygit2.Tree)
        except (KeyError, pygit2.GitError) as error:
            raise _lacks(commit) from error
        return self._walk(str(tree.id), "")

    def _walk(self, tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        for name, entry in self._listing(tree):
            path = f"{prefix}{name}"
            if entry.mode == FOLDER:
                yield from self._walk(entry.id, f"{path}/")
            else:
                yield path, entry

    def _listing(self, tree: str) -> Listing:
        known = self._folders.get(tree)
        if known is None:
            data = self.read(tree)
            if data is None:
                raise _lacks(tree)
            known = tuple(_parsed(data))
            self._folders.put(tree, known)
        return known


def _closed(place: Path, said: str) -> ProoflaneError:
    if "not owned by current user" in said:
        message = f"the repository {str(place)!r} belongs to another user"
        return ProoflaneError(message, f"git config --global --add safe.directory {place}")
    return ProoflaneError(f"{str(place)!r} is not a git repository")


def _lacks(digest: str) -> ProoflaneError:
    return ProoflaneError(f"the repository lacks its object {digest!r}", "git fsck, or clone anew")


def _parsed(data: bytes) -> Iterator[tuple[str, Entry]]:
    at = 0
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        yield name, Entry(int(data[at:space], 8), data[end + 1 : end + 21].hex())
        at = end + 21
