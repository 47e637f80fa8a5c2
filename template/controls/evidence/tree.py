"""The repository's files by digest and last commit, so that a claim can cite them.

One look at the tree and one at the history for all claims. A link is cited by where it points, and
never followed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from controls import git
from controls.errors import ControlsError
from controls.evidence.claim import Citation

RUNTIME = ".aiwf/"


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies at `root`: digest of each file, commits newest first, and what differs from HEAD.

    `last` maps a path to the place in `commits` of the last one that changed it.
    """

    root: Path
    head: str
    digests: Mapping[str, str]
    commits: tuple[str, ...]
    last: Mapping[str, int]
    changed: frozenset[str]

    def cite(self, path: str, line: int = 0) -> tuple[Citation, ...]:
        """Return the citation of a file or folder, none when it is not there.

        Below `.aiwf/` git knows nothing.
        """
        if path.startswith(RUNTIME):
            return tuple(self._runtime(path))
        if path not in self.digests:
            path = f"{path.rstrip('/')}/"
        names = [path] if path in self.digests else self._below(path)
        if not names:
            return ()
        found = [self.last[name] for name in names if name in self.last]
        return (
            Citation(
                path=path,
                line=line,
                commit=self.commits[min(found)] if found else "",
                sha256=self.digests.get(path) or _digest("".join(self.lines(names)).encode()),
                files=len(names),
                changed=any(name in self.changed for name in names),
            ),
        )

    def lines(self, names: list[str] | None = None) -> Iterator[str]:
        """Yield the lines of `repository.sha256`, as `sha256sum --check` reads them."""
        return (_line(self.digests[name], name) for name in names or self.digests)

    def _below(self, path: str) -> list[str]:
        return [name for name in self.digests if name.startswith(path)]

    def _runtime(self, path: str) -> Iterator[Citation]:
        file = self.root / path
        if file.is_file() and not file.is_symlink():
            yield Citation(path, 0, "", _digest(file.read_bytes()), 1, changed=False)


def read(root: Path) -> Tree:
    """Return the tree at `root`.

    Raises:
        ControlsError: when `root` is in no git repository, or a file cannot be read.
    """
    head = git.commit(root, "HEAD") or ""
    names = git.files(root)
    commits, last = _history(root) if head else ((), {})
    edited = git.paths(root, "diff", "--name-only", "-z", "--relative", "HEAD") if head else ()
    digests = {name: _digest(_bytes(root, name)) for name in names}
    changed = {*edited, *(name for name in names if name not in last)}
    return Tree(root, head, digests, commits, last, frozenset(changed))


def _history(root: Path) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the commits of the branch, newest first, and for each path the first that has it."""
    told = git.run(
        root,
        *("log", "--first-parent", "-m", "--format=%x1e%H", "--name-only", "-z"),
        *("--no-renames", "--relative", "HEAD"),
    ).decode(errors="surrogateescape")
    commits: list[str] = []
    last: dict[str, int] = {}
    for record in told.split("\x1e")[1:]:
        commit, _, names = record.partition("\0")
        for name in names.split("\0"):
            last.setdefault(name.removeprefix("\n"), len(commits))
        commits.append(commit.strip())
    return tuple(commits), last


def _bytes(root: Path, name: str) -> bytes:
    path = root / name
    try:
        if path.is_symlink():
            return str(path.readlink()).encode(errors="surrogateescape")
        return path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise ControlsError(f"{name} cannot be read: {error.strerror}") from error


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _line(digest: str, name: str) -> str:
    """Return one line of a list of digests; a name with a line break is escaped as GNU's is."""
    if "\n" in name or "\\" in name:
        escaped = name.replace("\\", "\\\\").replace("\n", "\\n")
        return f"\\{digest}  {escaped}\n"
    return f"{digest}  {name}\n"
