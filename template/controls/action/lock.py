"""Lets one process at a time act or roll back in a repository."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controls.action.proposal import FOLDER
from controls.audit.head import Locked


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Run the block while no other process acts.

    Raises:
        ControlsError: where the system has no such lock.
    """
    path = root / FOLDER / "lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with Locked(descriptor):
            yield
    finally:
        os.close(descriptor)
