"""From a job to an opened repository: a folder as it lies there, a URL as a partial clone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prooflane.files import Entries
from prooflane.fleet.job import Job
from prooflane.forge import connect
from prooflane.git import clones, mergetree
from prooflane.git.objects import Store
from prooflane.git.odb import Bare, Folders
from prooflane.git.place import Place
from prooflane.source import cache as caches


@dataclass(frozen=True, slots=True)
class Reached:
    """A repository that can be read: its place, its HEAD's files, and its objects."""

    place: Place
    head: Entries
    objects: Store


def reach(job: Job, folders: Folders, env: Mapping[str, str] | None = None) -> Reached:
    """Return the repository of `job`, as it is now; git goes there with `env`, when it is given.

    Raises:
        ProoflaneError: when it cannot be reached, or has no commit.
    """
    if env is None:
        env = credentials(job.forge) if job.is_remote and job.forge else {}
    path = clones.current(job.url, job.branch, clone(job), env) if job.is_remote else Path(job.url)
    opened = Bare(path, folders)
    head = opened.head()
    objects = Partial(opened, path, env) if job.is_remote else opened.store()
    # a checkout is judged by its HEAD, as a clone of it would be
    place = Place(path, opened.folder().parent, is_bare=True, is_shallow=False, head=head)
    return Reached(place, opened.entries(head), objects)


def clone(job: Job) -> Path:
    """Return where the clone of a remote repository is kept, under the repository's own name."""
    digest = hashlib.sha256(f"{job.url} {job.branch}".encode()).hexdigest()[:24]
    name = job.url.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"
    return caches.folder("fleet") / digest / name


@cache
def credentials(forge: str) -> Mapping[str, str]:
    """Return the environment in which git reaches `forge`, asked for once in a process.

    Raises:
        ProoflaneError: when there is no token.
    """
    return connect.connect(forge).credentials()


class Partial(Store):
    """Objects of a partial clone: what it left out is fetched when it is read."""

    def __init__(self, opened: Bare, path: Path, env: Mapping[str, str]) -> None:
        super().__init__(_Fetching(opened, path, env))

    def merge(self, base: Entries, ours: Entries, theirs: Entries) -> mergetree.Outcome:
        """Return what `git merge-tree` makes of the trees; it borrows objects, and fetches none."""
        for entry in {entry for side in (base, ours, theirs) for entry in side.values()}:
            self.read(entry.id)
        return super().merge(base, ours, theirs)


class _Fetching:
    """The backend of a partial clone."""

    def __init__(self, opened: Bare, path: Path, env: Mapping[str, str]) -> None:
        self._opened = opened
        self._path = path
        self._env = env

    def read(self, digest: str) -> bytes | None:
        """Return the bytes of a blob, or None."""
        data = self._opened.read(digest)
        return clones.blob(self._path, digest, self._env) if data is None else data

    def keep(self, blobs: Sequence[bytes]) -> None:
        """Store `blobs`."""
        self._opened.keep(blobs)

    def folder(self) -> Path:
        """Return git's folder of objects."""
        return self._opened.folder()
