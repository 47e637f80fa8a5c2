"""Says in git's own form what takes one content of a file to another. Nothing here applies it."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prooflane.files import EXECUTABLE, LINK, File
from prooflane.git import process

FORM = ("--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-renames", "--no-prefix")


@dataclass(frozen=True, slots=True)
class Pair:
    """A path and its content on both sides; None where it is absent."""

    path: str
    old: File | None
    new: File | None


def between(pairs: Iterable[Pair]) -> bytes:
    """Return one patch for all of `pairs`; `git apply` takes it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for pair in pairs:
            _write(root / "a" / pair.path, pair.old)
            _write(root / "b" / pair.path, pair.new)
        for side in ("a", "b"):
            (root / side).mkdir(exist_ok=True)
        # status 1 says that they differ
        return process.attempt("diff", "--no-index", *FORM, "a", "b", cwd=root).stdout


def _write(path: Path, file: File | None) -> None:
    if file is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.mode == LINK:
        path.symlink_to(file.data.decode("utf-8", "surrogateescape"))
        return
    path.write_bytes(file.data)
    path.chmod(0o755 if file.mode == EXECUTABLE else 0o644)
