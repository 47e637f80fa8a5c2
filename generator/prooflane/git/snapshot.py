"""The files of one commit, read from git's object store.

Never a checkout and never `git archive`: both run filters of the template. Submodules are refused.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.files import EXECUTABLE, LINK, REGULAR, Entry, File
from prooflane.git import process

# an old git also wrote 100664
MODES = {b"100755": EXECUTABLE, b"120000": LINK}
LARGEST = 16 * 1024 * 1024
MOST = 50_000


class Snapshot(Mapping[str, File]):
    """The files of a commit by path; each is read when it is first asked for."""

    def __init__(self, entries: Mapping[str, Entry], blobs: "Blobs") -> None:
        self._entries = entries
        self._blobs = blobs
        self._read: dict[str, File] = {}

    def __getitem__(self, path: str) -> File:
        if path not in self._read:
            entry = self._entries[path]
            self._read[path] = File(self._blobs.read(entry.id, path), entry.mode)
        return self._read[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def mode(self, path: str) -> int:
        """Return the mode of `path` without reading it."""
        return self._entries[path].mode

    def entry(self, path: str) -> Entry:
        """Return mode and object id of `path` without reading it."""
        return self._entries[path]


@contextmanager
def snapshot(repository: Path, commit: str) -> Iterator[Snapshot]:
    """Give the files of `commit` while the context lasts.

    Raises:
        ProoflaneError: when git fails, or a path is not UTF-8.
    """
    with blobs(repository) as source:
        yield source.snapshot(commit)


@contextmanager
def blobs(repository: Path) -> Iterator["Blobs"]:
    """Give what reads the commits of `repository` while the context lasts."""
    with process.reader("cat-file", "--batch", cwd=repository) as (ask, answer):
        yield Blobs(repository, ask, answer)


class Blobs:
    """Asks a running `git cat-file --batch` for one object after the other."""

    def __init__(self, repository: Path, ask: IO[bytes], answer: IO[bytes]) -> None:
        self._repository = repository
        self._ask = ask
        self._answer = answer

    def snapshot(self, commit: str) -> Snapshot:
        """Return the files of `commit`.

        Raises:
            ProoflaneError: when git fails, a path is not UTF-8, or there is a submodule.
        """
        command = ("ls-tree", "-r", "-z", "--full-tree", commit)
        listing = process.git(*command, cwd=self._repository)
        if listing.count(b"\0") > MOST:
            raise ProoflaneError(f"the template has more than {MOST} files", MAINTAINER)
        return Snapshot(dict(_entries(listing)), self)

    def read(self, digest: str, path: str) -> bytes:
        """Return the bytes of a blob; messages call it `path`.

        Raises:
            ProoflaneError: when it is missing or too large.
        """
        self._ask.write(digest.encode() + b"\n")
        self._ask.flush()
        header = self._answer.readline().split()
        if len(header) != 3:
            raise ProoflaneError(
                f"the template's file {path!r} is missing from its repository", MAINTAINER
            )
        size = int(header[2])
        if size > LARGEST:
            raise ProoflaneError(f"the template's file {path!r} is larger than 16 MiB", MAINTAINER)
        return self._answer.read(size + 1)[:size]


def _entries(listing: bytes) -> Iterator[tuple[str, Entry]]:
    for line in listing.split(b"\0")[:-1]:
        meta, raw = line.split(b"\t", 1)
        mode, kind, digest = meta.split()
        try:
            path = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProoflaneError(f"the template's path {raw!r} is not UTF-8", MAINTAINER) from error
        if kind == b"commit":
            message = f"the template has the submodule {path!r}, which is never fetched"
            raise ProoflaneError(message, MAINTAINER)
        if kind == b"blob":
            yield path, Entry(MODES.get(mode, REGULAR), digest.decode())
