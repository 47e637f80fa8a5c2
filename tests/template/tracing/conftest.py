"""A tracer on an empty folder, for what needs no repository."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from opentelemetry.sdk.trace import Tracer

from controls.tracing.setup import tracer


@pytest.fixture
def tracing(tmp_path: Path) -> Callable[[], Tracer]:
    """Return a function that gives the tracer which writes below `tmp_path`."""
    return lambda: tracer(tmp_path, SimpleNamespace(name="demo", logging={"retention": "P180D"}), "development")
