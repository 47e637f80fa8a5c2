"""Describes a repository, and writes the first commit of a new one.

The commit is streamed from the rendered bytes, by plumbing: a global ignore file would drop files
from `git add`, and a global hook or signer would stop `git commit`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.files import Tree, tree_id
from prooflane.git import process
from prooflane.git.identity import Identity


def top(folder: Path) -> Path | None:
    """Return the root of the work tree that holds `folder`, or None."""
    done = process.attempt("rev-parse", "--show-toplevel", cwd=folder)
    if done.returncode:
        stderr = done.stderr.decode(errors="replace")
        if "dubious ownership" in stderr:
            raise process.failure(("rev-parse",), stderr)
        return None
    return Path(os.fsdecode(done.stdout).rstrip("\n"))


def root(folder: Path) -> Path | None:
    """Return the root of the repository at or above `folder`, bare or not, or None."""
    done = process.attempt("rev-parse", "--is-bare-repository", "--absolute-git-dir", cwd=folder)
    said = os.fsdecode(done.stdout).splitlines()
    return Path(said[1]).resolve() if said and said[0] == "true" else top(folder)


def ignores(repository: Path, path: Path) -> bool:
    """Say whether the ignore rules of `repository` cover `path`."""
    return process.attempt("check-ignore", "-q", f"{path}/", cwd=repository).returncode == 0


def resolve(repository: Path, ref: str) -> str | None:
    """Return the commit that `ref` names, or None."""
    done = process.attempt(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", cwd=repository
    )
    return done.stdout.decode().strip() if done.returncode == 0 else None


def describe(repository: Path, commit: str) -> str:
    """Return the name of `commit` as Copier records it: a tag, a tag and a distance, or its id."""
    said = process.git("describe", "--tags", "--always", commit, cwd=repository)
    return said.decode().strip()


def is_dirty(repository: Path) -> bool:
    """Say whether the work tree differs from HEAD, untracked files included."""
    return bool(process.git("status", "--porcelain", "-unormal", cwd=repository).strip())


def is_shallow(repository: Path) -> bool:
    """Say whether the history of `repository` is cut off."""
    return process.git("rev-parse", "--is-shallow-repository", cwd=repository).strip() == b"true"


def tags(repository: Path) -> list[str]:
    """Return the names of all tags."""
    command = ("for-each-ref", "--format=%(refname:strip=2)", "refs/tags")
    listing = process.git(*command, cwd=repository)
    return listing.decode().splitlines()


def first_commit(root: Path, tree: Tree, message: str, who: Identity) -> str:
    """Make `root`, which holds exactly `tree`, a repository with one commit; return its id.

    Raises:
        ProoflaneError: when git fails, or stored anything but `tree`.
    """
    branch = ("--initial-branch=main", "--object-format=sha1")
    process.git("init", "-q", "--template=", *branch, str(root))
    stream = b"".join(_stream(tree, message, who))
    process.git("fast-import", "--quiet", cwd=root, stdin=stream)
    commit, stored = process.git("rev-parse", "HEAD", "HEAD^{tree}", cwd=root).decode().split()
    if stored != tree_id(tree):
        raise ProoflaneError("git stored other files than were rendered", "is the disk full?")
    process.git("read-tree", "HEAD", cwd=root)
    process.attempt("update-index", "-q", "--refresh", cwd=root)
    return commit


def _stream(tree: Tree, message: str, who: Identity) -> Iterator[bytes]:
    yield f"commit refs/heads/main\nauthor {who.author}\ncommitter {who.committer}\n".encode()
    yield _data(message.encode())
    for path, file in tree.items():
        yield b"M %o inline %s\n" % (file.mode, _quoted(path)) + _data(file.data)


def _data(data: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(data), data)


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode()
