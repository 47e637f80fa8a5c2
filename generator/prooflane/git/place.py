"""What kind of repository lies at a path, and in which state it is. Reads only."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.files import Entry, blob_id
from prooflane.git import process, repository

PROMISES = r"^(remote\..*\.promisor|extensions\.partialclone)$"
# path -> stage -> entry; stage 0 is an ordinary file, 1 to 3 are a conflict
Index = Mapping[str, Mapping[int, Entry]]


@dataclass(frozen=True, slots=True)
class Place:
    """A repository: the root of its work tree (or of the bare one), git's folder, HEAD's commit."""

    root: Path
    folder: Path
    is_bare: bool
    is_shallow: bool
    head: str

    @property
    def index(self) -> Path:
        """Where git keeps what is staged."""
        return self.folder / "index"

    def run(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Return what git prints here, with the person's own line ends and filters.

        Raises:
            ProoflaneError: when git fails.
        """
        done = process.attempt(*args, cwd=self.root, stdin=stdin, settings=process.OWN, env=env)
        if done.returncode:
            raise process.failure(args, done.stderr.decode(errors="replace"))
        return done.stdout


def find(path: Path) -> Place:
    """Return the repository at or above `path`.

    Raises:
        ProoflaneError: when there is none, or it has no commit.
    """
    if not path.is_dir():
        raise ProoflaneError(f"there is no folder {str(path)!r}", "name the folder of a repository")
    asked = ("--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir")
    done = process.attempt("rev-parse", *asked, "--show-toplevel", cwd=path)
    said = done.stdout.decode(errors="surrogateescape").splitlines()
    if len(said) < 3 or (len(said) < 4 and said[0] != "true"):
        raise _no_repository(path, done.stderr.decode(errors="replace"))
    folder = Path(said[2])
    root = folder if said[0] == "true" else Path(said[3])
    head = repository.resolve(root, "HEAD")
    if head is None:
        raise ProoflaneError(f"{str(root)!r} has no commit yet", "git add --all && git commit")
    return Place(root, folder, said[0] == "true", said[1] == "true", head)


def is_partial(place: Place) -> bool:
    """Say whether git fetches objects of this clone only when somebody asks for them."""
    done = process.attempt("config", "--get-regexp", PROMISES, cwd=place.root)
    return done.returncode == 0


def entries(place: Place, commit: str) -> dict[str, Entry]:
    """Return the files of `commit`; submodules are no files."""
    listing = process.git("ls-tree", "-r", "-z", "--full-tree", commit, cwd=place.root)
    found = (line.split(b"\t", 1) for line in listing.split(b"\0")[:-1])
    rows = ((meta.split(), _text(raw)) for meta, raw in found)
    return {
        p: Entry(int(m, 8), digest.decode()) for (m, kind, digest), p in rows if kind == b"blob"
    }


def index(place: Place) -> Index:
    """Return what is staged."""
    staged: dict[str, dict[int, Entry]] = {}
    for line in place.run("ls-files", "--stage", "-z", "--full-name", ":/").split(b"\0")[:-1]:
        meta, raw = line.split(b"\t", 1)
        mode, digest, stage = meta.split()
        staged.setdefault(_text(raw), {})[int(stage)] = Entry(int(mode, 8), digest.decode())
    return staged


def dirty(place: Place) -> frozenset[str]:
    """Return the tracked paths whose staged or written content is not that of HEAD."""
    options = ("--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
    # else git rewrites the index, and nothing may be written yet
    listing = place.run("--no-optional-locks", "status", *options, "--ignore-submodules=all")
    return frozenset(_text(line[3:]) for line in listing.split(b"\0")[:-1])


def unwatched(place: Place) -> frozenset[str]:
    """Return the tracked paths that git was told not to look at: `dirty` says nothing of them."""
    rows = place.run("ls-files", "-v", "-z").split(b"\0")[:-1]
    return frozenset(_text(row[2:]) for row in rows if row[:1].islower() or row[:1] == b"S")


def blob(place: Place, path: str) -> str:
    """Return the id under which git would store the file at `path`, its filters applied."""
    whole = place.root / path
    if whole.is_symlink():
        return blob_id(os.fsencode(whole.readlink()))
    return place.run("hash-object", "--", path).decode().strip()


def ignored(place: Place, paths: Iterable[str]) -> frozenset[str]:
    """Return those of `paths` that the ignore rules cover."""
    stdin = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
    if not stdin:
        return frozenset()
    done = process.attempt("check-ignore", "-z", "--stdin", cwd=place.root, stdin=stdin)
    return frozenset(map(_text, done.stdout.split(b"\0")[:-1]))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _no_repository(path: Path, stderr: str) -> ProoflaneError:
    if "dubious ownership" in stderr:
        return process.failure(("rev-parse",), stderr)
    return ProoflaneError(f"{str(path)!r} is not a git repository", "git init and commit it first")
