"""A tracer on an empty folder, for what needs no repository, and processes that write."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from opentelemetry.sdk.trace import Tracer

from controls.tracing.setup import tracer

TEMPLATE = Path(__file__).parents[3] / "template"
WRITER = """
import os, sys, time
from pathlib import Path
from types import SimpleNamespace
sys.path.insert(0, {template!r})
from controls.errors import ControlsError
from controls.tracing.setup import tracer
manifest = SimpleNamespace(name="demo", logging=dict(retention="P180D"))
engine = tracer(Path({root!r}), manifest, "ci")
{body}
"""


@pytest.fixture
def tracing(tmp_path: Path) -> Callable[[], Tracer]:
    """Return a function that gives the tracer which writes below `tmp_path`."""
    manifest = SimpleNamespace(name="demo", logging={"retention": "P180D"})
    return lambda: tracer(tmp_path, manifest, "development")


@pytest.fixture
def writer(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Return a function that starts a process which has an `engine` and runs a body with it."""

    def start(body: str, **more: object) -> subprocess.Popen[bytes]:
        text = WRITER.format(template=str(TEMPLATE), root=str(tmp_path), body=textwrap.dedent(body))
        return subprocess.Popen([sys.executable, "-c", text], **more)

    return start
