"""One side of a change as data: its files' digests, and copies of those that are read.

Nothing of it is run, no link is followed and no file is written outside the folder that was given;
a smudge filter that the change asks for does not run either.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from controls import git
from controls.errors import ControlsError

_ROOMS = ("controls/", "policy/", "decisions/", ".github/", ".gitlab/", "evals/")
_FILES = ("ai-workflow.yaml", ".copier-answers.yml", ".gitlab-ci.yml", "Makefile")
_READ = (".yaml", ".yml", ".json", ".jsonl", ".rego", ".sha256", ".md", ".sig", ".mk")
_REGULAR = ("100644", "100755")
_LIMIT = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Side:
    """A tree: `files` maps every path to its mode and id, `folder` holds what may be read.

    `digests` are the SHA-256 of the files in the rooms that the gate looks at.
    """

    folder: Path
    commit: str
    files: Mapping[str, str]
    digests: Mapping[str, str]

    def read(self, path: str) -> bytes | None:
        """Return the content of `path`, None where it is no regular file that is read as data."""
        try:
            return (self.folder / path).read_bytes()
        except OSError:
            return None


def take(
    root: Path, tree: str, folder: Path, commit: str = "", env: Mapping[str, str] | None = None
) -> Side:
    """Return the tree called `tree`, copied as data into the empty `folder`.

    Raises:
        ControlsError: when a path could leave the folder, or a file is larger than 2 MiB.
    """
    told = git.run(root, "ls-tree", "-r", "-z", "-l", "--full-tree", tree, env=env)
    files: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for record in filter(None, told.split(b"\0")):
        head, _, name = record.partition(b"\t")
        mode, _, id_, size = head.decode().split()
        path = _safe(name)
        files[path] = f"{mode} {id_}"
        if mode in _REGULAR and (path in _FILES or path.startswith(_ROOMS)):
            _small(path, size)
            wanted[path] = id_
    blobs = git.objects(root, wanted.values(), env)
    digests: dict[str, str] = {}
    for path, id_ in wanted.items():
        blob = _there(path, blobs[id_])
        digests[path] = hashlib.sha256(blob).hexdigest()
        if path in _FILES or path.endswith(_READ):
            _write(folder / path, blob)
    return Side(folder, commit, files, digests)


def _safe(name: bytes) -> str:
    """Return a path that stays inside; a tree made by hand can hold any name."""
    path = name.decode(errors="surrogateescape")
    parts = PurePosixPath(path).parts
    odd = path.startswith("/") or "\\" in path or any(part in {"..", "."} for part in parts)
    if odd or any(part.casefold() == ".git" for part in parts):
        raise ControlsError(f"{path!r} is no name for a file of a repository")
    return path


def _small(path: str, size: str) -> None:
    if not size.isdigit() or int(size) > _LIMIT:
        raise ControlsError(f"{path!r} is larger than {_LIMIT >> 20} MiB", hint="keep it short")


def _there(path: str, blob: bytes | None) -> bytes:
    if blob is None:
        raise ControlsError(f"{path!r} is not in git's objects", hint="git fsck")
    return blob


def _write(path: Path, blob: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(blob)
