"""Objects of a repository: read from where git keeps them, written in memory until they are kept.

The same names serve a checkout and a bare repository, and both ways to git's objects: processes
here, a library in `prooflane.git.odb` for many repositories. Nothing of a plan reaches the disk
before `keep`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from prooflane.errors import ProoflaneError
from prooflane.files import Entries, blob_id
from prooflane.git import mergetree, process

Lender = Callable[[], bytes]


class Backend(Protocol):
    """Where blobs lie."""

    def read(self, digest: str) -> bytes | None:
        """Return the bytes of a blob, or None."""
        ...

    def keep(self, blobs: Sequence[bytes]) -> None:
        """Store `blobs`."""
        ...

    def folder(self) -> Path:
        """Return git's folder of objects."""
        ...


class Store:
    """Blobs by id, from a repository and from memory."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._written: dict[str, bytes] = {}
        self._lent: dict[str, Lender] = {}

    def read(self, digest: str) -> bytes:
        """Return the bytes of a blob.

        Raises:
            ProoflaneError: when the repository does not have it.
        """
        data = self.held(digest)
        if data is None:
            data = self._backend.read(digest)
        if data is None:
            raise ProoflaneError(
                f"the repository lacks its object {digest!r}", "git fetch --refetch"
            )
        return data

    def write(self, data: bytes) -> str:
        """Return the id under which `data` can be read; it is in memory only."""
        digest = blob_id(data)
        self._written[digest] = data
        return digest

    def lend(self, digest: str, lender: Lender) -> None:
        """Let `lender` give the bytes of `digest` when somebody needs them."""
        self._lent[digest] = lender

    def held(self, digest: str) -> bytes | None:
        """Return the bytes of a blob that was written or lent, or None."""
        if digest not in self._written and digest in self._lent:
            self._written[digest] = self._lent[digest]()
        return self._written.get(digest)

    def merge(self, base: Entries, ours: Entries, theirs: Entries) -> mergetree.Outcome:
        """Return what `git merge-tree` makes of the three trees; its new blobs can be read here.

        Raises:
            ProoflaneError: when git fails.
        """
        sides = (base, ours, theirs)
        outcome = mergetree.merge(self._backend.folder(), sides, self.held, self.read)
        for data in outcome.blobs.values():
            self.write(data)
        return outcome

    def keep(self, digests: Iterable[str]) -> None:
        """Store those of `digests` that were written or lent."""
        blobs = [data for d in sorted({*digests}) if (data := self.held(d)) is not None]
        if blobs:
            self._backend.keep(blobs)


class Processes:
    """Blobs of a repository through git's own commands."""

    def __init__(self, repository: Path, ask: IO[bytes], answer: IO[bytes]) -> None:
        self._repository = repository
        self._ask = ask
        self._answer = answer

    def read(self, digest: str) -> bytes | None:
        """Return the bytes of a blob, or None."""
        self._ask.write(digest.encode() + b"\n")
        self._ask.flush()
        header = self._answer.readline().split()
        if len(header) != 3:
            return None
        size = int(header[2])
        return self._answer.read(size + 1)[:size]

    def keep(self, blobs: Sequence[bytes]) -> None:
        """Store `blobs` by one command.

        Raises:
            ProoflaneError: when there is no room for them.
        """
        stream = b"".join(b"blob\ndata %d\n%s\n" % (len(data), data) for data in blobs)
        try:
            process.git("fast-import", "--quiet", cwd=self._repository, stdin=stream)
        except ProoflaneError as error:
            hint = "nothing was changed: make room, run it again"
            raise ProoflaneError(error.message, hint) from error

    def folder(self) -> Path:
        """Return git's folder of objects, which a linked work tree shares with its main one."""
        said = process.git("rev-parse", "--git-path", "objects", cwd=self._repository)
        return (self._repository / said.decode(errors="surrogateescape").rstrip("\n")).resolve()


@contextmanager
def store(repository: Path) -> Iterator[Store]:
    """Give the objects of `repository` while the context lasts."""
    with process.reader("cat-file", "--batch", cwd=repository) as (ask, answer):
        yield Store(Processes(repository, ask, answer))
