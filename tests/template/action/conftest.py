"""The fixtures of `action_repository`, and a skip where no tool can run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from action_repository import agreed, governed, keys, propose, root, run

from controls.action import sandbox

__all__ = ["agreed", "governed", "keys", "propose", "root", "run"]


@pytest.fixture(scope="session")
def sandboxed() -> None:
    """Skip where there is no sandbox, and say why; the refusal itself is tested everywhere."""
    if why := sandbox.broken():
        pytest.skip(why)
