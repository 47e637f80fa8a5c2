"""Objects of a repository: read through a running git, written in memory until they are kept.

The same two names serve a checkout and a bare repository. Nothing of a plan reaches the disk
before `keep`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from prooflane.errors import ProoflaneError
from prooflane.files import blob_id
from prooflane.git import process


class Store:
    """Blobs by id, from a repository and from memory."""

    def __init__(self, repository: Path, ask: IO[bytes], answer: IO[bytes]) -> None:
        self.repository = repository
        self._ask = ask
        self._answer = answer
        self._written: dict[str, bytes] = {}

    def read(self, digest: str) -> bytes:
        """Return the bytes of a blob.

        Raises:
            ProoflaneError: when the repository does not have it.
        """
        if digest in self._written:
            return self._written[digest]
        self._ask.write(digest.encode() + b"\n")
        self._ask.flush()
        header = self._answer.readline().split()
        if len(header) != 3:
            raise ProoflaneError(
                f"the repository lacks its object {digest!r}", "git fetch --refetch"
            )
        size = int(header[2])
        return self._answer.read(size + 1)[:size]

    def write(self, data: bytes) -> str:
        """Return the id under which `data` can be read; it is in memory only."""
        digest = blob_id(data)
        self._written[digest] = data
        return digest

    def keep(self, digests: Iterable[str]) -> None:
        """Store those of `digests` that are in memory only."""
        blobs = (self._written[digest] for digest in set(digests) if digest in self._written)
        stream = b"".join(b"blob\ndata %d\n%s\n" % (len(data), data) for data in blobs)
        if stream:
            process.git("fast-import", "--quiet", cwd=self.repository, stdin=stream)


@contextmanager
def store(repository: Path) -> Iterator[Store]:
    """Give the objects of `repository` while the context lasts."""
    with process.reader("cat-file", "--batch", cwd=repository) as (ask, answer):
        yield Store(repository, ask, answer)
