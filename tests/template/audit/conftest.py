"""A trail in a folder of its own, and processes that write to it."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from controls.audit import writer
from controls.audit.entry import Act, Receipt

TEMPLATE = Path(__file__).parents[3] / "template"
PROGRAM = """
import os, sys
from pathlib import Path
sys.path.insert(0, {template!r})
from controls.audit import writer
from controls.audit.entry import Act
from controls.errors import ControlsError
root = Path({root!r})
{body}
"""

Append = Callable[..., Receipt]


@pytest.fixture
def append(tmp_path: Path) -> Append:
    """Return a function that appends an entry to the trail below `tmp_path`."""

    def write(number: int = 0, *, sync: bool = False, **more: object) -> Receipt:
        values = {"kind": "call", "classification": "personal", "facts": {"n": number}} | more
        return writer.append(tmp_path, Act(**values), sync=sync)

    return write


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """Return the folder that holds the trail below `tmp_path`."""
    return tmp_path / ".aiwf/audit"


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Return a function that starts a process which has `writer`, `Act` and `root`."""

    def start(body: str, **more: object) -> subprocess.Popen[bytes]:
        text = PROGRAM.format(
            template=str(TEMPLATE), root=str(tmp_path), body=textwrap.dedent(body)
        )
        return subprocess.Popen([sys.executable, "-c", text], **more)

    return start
