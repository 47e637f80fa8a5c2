"""Runs actionlint and zizmor over the workflow files, offline; their findings become ours."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from controls import tools
from controls.check.model import Finding
from controls.errors import ControlsError

Row = Mapping[str, object]


def actionlint(root: Path, names: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what actionlint says; shellcheck and pyflakes stay out, so that every machine agrees.

    Raises:
        ControlsError: when it is missing or fails.
    """
    flags = ("-shellcheck=", "-pyflakes=", "-no-color", "-format", "{{json .}}")
    for row in _rows(root, "actionlint", *flags, *names):
        yield Finding(f"actionlint: {row['message']}", str(row["filepath"]), int(str(row["line"])))


def zizmor(root: Path, names: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what zizmor says in its strictest persona.

    Raises:
        ControlsError: when it is missing or fails.
    """
    flags = ("--offline", "--persona", "auditor", "--no-progress", "--quiet", "--format", "json-v1")
    for row in _rows(root, "zizmor", *flags, *names):
        if not row["ignored"]:
            yield Finding(f"zizmor: {row['desc']} ({row['ident']})", *_place(row))


def _rows(root: Path, name: str, *args: str) -> list[Row]:
    command = [tools.find(name), *args]
    done = subprocess.run(
        command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    try:
        return list(json.loads(done.stdout))
    except ValueError as error:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ControlsError(f"{name} failed: {lines[-1]}") from error


def _place(row: Row) -> tuple[str, int]:
    """Return file and line (from 1) of the primary location; zizmor counts from 0."""
    places = cast("list[dict[str, dict[str, object]]]", row["locations"])
    place = next((one for one in places if one["symbolic"].get("kind") == "Primary"), places[0])
    key = cast("dict[str, dict[str, str]]", place["symbolic"]["key"])
    where = cast("dict[str, dict[str, int]]", place["concrete"]["location"])
    return key["Local"]["verbatim_path"], where["start_point"]["row"] + 1
