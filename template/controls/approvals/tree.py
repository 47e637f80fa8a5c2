"""Computes what an approval is about: the git tree of what lies here, approvals left out.

Nothing is written to the repository: index and objects go to a temporary folder. An uncommitted
file that git does not ignore is part of the tree, so a signature never covers less than what is
there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from controls import git

FOLDER = "decisions/approvals"


def of(root: Path) -> str:
    """Return the id of the tree that lies at `root`, approvals left out.

    Raises:
        ControlsError: when `root` is in no git repository.
    """
    with scratch(root) as env:
        git.run(root, "rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", FOLDER, env=env)
        return write(root, env)


@contextmanager
def scratch(root: Path) -> Iterator[Mapping[str, str]]:
    """Give the environment of an index and objects of its own, holding what lies at `root`."""
    objects = _absolute(root, git.text(root, "rev-parse", "--git-path", "objects"))
    index = _absolute(root, git.text(root, "rev-parse", "--git-path", "index"))
    with tempfile.TemporaryDirectory(prefix="approval-") as folder:
        env = {
            "GIT_INDEX_FILE": str(Path(folder, "index")),
            "GIT_OBJECT_DIRECTORY": folder,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects),
        }
        if index.is_file():
            shutil.copy2(index, env["GIT_INDEX_FILE"])
        git.run(root, "add", "--all", "--", ".", env=env)
        yield env


def write(root: Path, env: Mapping[str, str]) -> str:
    """Return the id of the tree in a scratch index."""
    prefix = git.text(root, "rev-parse", "--show-prefix")
    tree = git.run(root, "write-tree", *([f"--prefix={prefix}"] if prefix else []), env=env)
    return tree.decode().strip()


def _absolute(root: Path, name: str) -> Path:
    return Path(os.path.abspath(root / name))  # noqa: PTH100 - resolve() would follow a worktree's link
