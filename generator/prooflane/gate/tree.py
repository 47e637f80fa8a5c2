"""A tree that is not committed anywhere, as a repository in a folder of its own.

The repository's own checks read it there: its history is shared, nothing of it is written back.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prooflane.files import EXECUTABLE, LINK, Entries, Entry
from prooflane.git import process

ENVIRONMENT = Path(".venv")


@contextmanager
def laid_out(root: Path, tree: Entries, read: Callable[[str], bytes]) -> Iterator[Path]:
    """Give a folder that holds `tree` over the history of the repository at `root`."""
    with tempfile.TemporaryDirectory(prefix="prooflane-") as scratch:
        folder = Path(scratch, root.name)
        shared = ("--shared", "--no-checkout", "--template=", "--no-tags")
        process.git("clone", "-q", *shared, "--", str(root), str(folder))
        process.git("read-tree", "HEAD", cwd=folder)
        for path, entry in tree.items():
            _write(folder / path, entry, read(entry.id))
        if (root / ENVIRONMENT).is_dir():
            (folder / ENVIRONMENT).symlink_to((root / ENVIRONMENT).resolve())
        yield folder


def _write(path: Path, entry: Entry, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.mode == LINK:
        path.symlink_to(data.decode("utf-8", "surrogateescape"))
        return
    path.write_bytes(data)
    path.chmod(0o755 if entry.mode == EXECUTABLE else 0o644)
