"""Reads the questions of a batch from a file of one JSON object a line; all are sound, or none.

Decides what a question may say of itself: nothing but the question is needed.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from controls import given
from controls.errors import ControlsError
from controls.manifest import CLASSES

LARGEST = 64 * 1024 * 1024
KEYS = ("id", "question", "user", "workspace", "data")
HINT = 'a line is {"question": "…"}, with id, user, workspace and data where they matter'


@dataclass(frozen=True, slots=True)
class Question:
    """One line; `id` is the caller's own, or file and line."""

    id: str
    question: str
    user: str | None
    workspace: str | None
    data: str | None


def read(path: Path) -> tuple[Question, ...]:
    """Return the questions in the file at `path`, in their order.

    Raises:
        ControlsError: when it cannot be read, or a line is odd; the message names the line.
    """
    lines = _text(path).splitlines()
    found = [
        _question(f"{path.name}:{number}", f"{path.stem}-{number}", line)
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]
    if not found:
        raise ControlsError(f"{str(path)!r} has no question", HINT)
    known: set[str] = set()
    for each in found:
        if each.id in known:
            raise ControlsError(
                f"{path.name} has two questions {each.id!r}", "give each its own id"
            )
        known.add(each.id)
    return tuple(found)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            limit = LARGEST // 1024 // 1024
            raise ControlsError(f"{str(path)!r} is larger than {limit} MiB", "split it")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ControlsError(f"{str(path)!r} is not UTF-8 at byte {error.start}", HINT) from error
    except OSError as error:
        raise ControlsError(f"{str(path)!r} cannot be read: {error.strerror}", HINT) from error


def _question(place: str, name: str, line: str) -> Question:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ControlsError(f"{place} is no JSON", HINT) from error
    if not isinstance(row, dict):
        raise ControlsError(f"{place} is no object", HINT)
    for key, value in row.items():
        if key not in KEYS:
            raise ControlsError(f"{place} has {key!r}, which no question has", HINT)
        if not isinstance(value, str) or not value.strip():
            raise ControlsError(f"{place}: {key} is {value!r}, it must be text", HINT)
        given.text(f"{key} in {place}", value)
    if "question" not in row:
        raise ControlsError(f"{place} has no question", HINT)
    if row.get("data", CLASSES[0]) not in CLASSES:
        told = f"{place}: data class {row['data']!r} is unknown"
        raise ControlsError(told, f"one of: {', '.join(CLASSES)}")
    who = (row.get("user"), row.get("workspace"), row.get("data"))
    return Question(row.get("id", name), row["question"], *who)
