"""Describes a repository, and writes the first commit of a new one.

The commit is made by plumbing from the rendered bytes: a global ignore file would drop files from
`git add`, a global hook or signer would stop `git commit`.
"""

from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.files import LINK, Tree, tree_id
from prooflane.git import process


def top(folder: Path) -> Path | None:
    """Return the root of the work tree that holds `folder`, or None."""
    done = process.attempt("rev-parse", "--show-toplevel", cwd=folder)
    if done.returncode:
        stderr = done.stderr.decode(errors="replace")
        if "dubious ownership" in stderr:
            raise process.failure(("rev-parse",), stderr)
        return None
    return Path(done.stdout.decode().rstrip("\n"))


def root(folder: Path) -> Path | None:
    """Return the root of the repository at or above `folder`, bare or not, or None."""
    done = process.attempt("rev-parse", "--is-bare-repository", "--absolute-git-dir", cwd=folder)
    said = done.stdout.decode().splitlines()
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


def tags(repository: Path) -> list[str]:
    """Return the names of all tags."""
    command = ("for-each-ref", "--format=%(refname:strip=2)", "refs/tags")
    listing = process.git(*command, cwd=repository)
    return listing.decode().splitlines()


def first_commit(root: Path, tree: Tree, message: str) -> str:
    """Make `root`, which holds exactly `tree`, a repository with one commit; return its id.

    Raises:
        ProoflaneError: when git fails, or stored anything but `tree`.
    """
    process.git("init", "-q", "--template=", "--initial-branch=main", str(root))
    stored = _store(root, tree)
    if stored != tree_id(tree):
        raise ProoflaneError("git stored other files than were rendered", "is the disk full?")
    commit = process.git("commit-tree", stored, "-m", message, cwd=root).decode().strip()
    process.git("update-ref", "HEAD", commit, cwd=root)
    process.attempt("update-index", "-q", "--refresh", cwd=root)
    return commit


def _store(root: Path, tree: Tree) -> str:
    blobs = _blobs(root, tree)
    index = b"".join(
        b"%o %s\t%s\0" % (file.mode, blobs[path], path.encode()) for path, file in tree.items()
    )
    process.git("update-index", "-z", "--add", "--index-info", cwd=root, stdin=index)
    return process.git("write-tree", cwd=root).decode().strip()


def _blobs(root: Path, tree: Tree) -> dict[str, bytes]:
    # one process for all that a line can name: it would follow a link, split at a break, unquote
    plain = [p for p, f in tree.items() if f.mode != LINK and "\n" not in p and p[0] != '"']
    done = process.git(
        "hash-object",
        "-w",
        "--no-filters",
        "--stdin-paths",
        cwd=root,
        stdin="".join(f"{path}\n" for path in plain).encode(),
    )
    ids = dict(zip(plain, done.split(), strict=True))
    for path in tree.keys() - ids.keys():
        stdin = tree[path].data
        ids[path] = process.git("hash-object", "-w", "--stdin", cwd=root, stdin=stdin).strip()
    return ids
