"""Writes the difference of two sets of files as a patch that `git apply` takes, binaries too."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from prooflane.files import EXECUTABLE, LINK, File
from prooflane.git import process


def patch(before: Mapping[str, File], after: Mapping[str, File]) -> bytes:
    """Return what takes `before` to `after`; nothing where they are the same.

    Raises:
        ProoflaneError: when git fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name, files in (("a", before), ("b", after)):
            _write(Path(scratch, name), files)
        # the folders' names stand where git writes its prefixes
        command = ("diff", "--no-index", "--no-prefix", "--binary", "--no-renames")
        plain = ("--no-ext-diff", "--no-textconv", "--no-color", "a", "b")
        done = process.attempt(*command, *plain, cwd=Path(scratch))
    if done.returncode > 1:
        raise process.failure(command, done.stderr.decode(errors="replace"))
    return done.stdout


def _write(root: Path, files: Mapping[str, File]) -> None:
    root.mkdir()
    for name, file in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.mode == LINK:
            path.symlink_to(os.fsdecode(file.data))
            continue
        path.write_bytes(file.data)
        path.chmod(0o755 if file.mode == EXECUTABLE else 0o644)
