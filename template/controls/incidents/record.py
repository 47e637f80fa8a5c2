"""Writes and reads incident records: `incidents/YYYY-MM-DD-title.md`.

The front matter holds the scorecard's inputs: when it started, was detected and mitigated, whether
it escaped to users or was caught, and which deploy and prompt it came from. Null is unknown, never
a guess.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from controls import document
from controls.decisions.record import slugify
from controls.errors import ControlsError
from controls.incidents.category import OWASP, Route

FOLDER = "incidents"
_NAME = re.compile(r"\d{4}-\d\d-\d\d-[^/]+\.md")
_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)---(?:\n|\Z)", re.DOTALL)
_BODY = """
## What happened

<!-- What a user saw, and what they should have seen. -->

## Who was affected

<!-- How many people or replies, which data, for how long. -->

## What stopped it

<!-- The act that mitigated it, and when. -->

## Why the controls let it through

<!-- The gate, eval case or policy that could have caught it. -->

## What changes

<!-- The decision record of the fix, and the eval case that holds it. -->
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trace says about the run that went wrong; None where there is no trace."""

    run: str | None = None
    started: str | None = None
    prompt: str | None = None
    model: str | None = None
    used_a_tool: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """The part of a record that is listed and checked."""

    path: str
    title: str
    kind: str
    severity: str
    outcome: str | None
    detected: str | None
    mitigated: str | None
    eval_case: str


def write(root: Path, title: str, route: Route, detected: datetime, seen: Seen) -> Incident:
    """Create the record of an incident; `route.severity` is the severity that applies.

    Raises:
        ControlsError: when a record of that day and title exists, or the folder cannot be written.
    """
    slug = f"{detected:%Y-%m-%d}-{slugify(title)}"
    path = f"{FOLDER}/{slug}.md"
    head = {
        "title": " ".join(title.split()),
        "type": route.kind,
        "severity": route.severity,
        "owasp": OWASP[route.kind],
        "on_call": route.on_call,
        "started": seen.started,
        "detected": detected.isoformat(timespec="seconds"),
        "mitigated": None,
        "outcome": None,
        "deploy": None,
        "prompt": seen.prompt,
        "model": seen.model,
        "run": seen.run,
        "eval_case": f"incident-{slug}",
    }
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    front = front.replace("outcome: null", "outcome: null  # escaped | caught")
    front = front.replace("deploy: null", "deploy: null  # the deploy/* tag that brought it")
    try:
        (root / FOLDER).mkdir(exist_ok=True)
        with (root / path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(f"---\n{front}---\n\n# {head['title']}\n{_BODY}")
    except FileExistsError as error:
        raise ControlsError(f"{path} exists", hint="add to it, or give another title") from error
    except OSError as error:
        raise ControlsError(f"{path} cannot be written: {error.strerror}") from error
    return read(root, path)


def names(root: Path) -> tuple[str, ...]:
    """Return the paths of all records, oldest first."""
    found = (path.name for path in (root / FOLDER).glob("*.md"))
    return tuple(f"{FOLDER}/{name}" for name in sorted(found) if _NAME.fullmatch(name))


def read(root: Path, path: str) -> Incident:
    """Return the record at `path`.

    Raises:
        ControlsError: when it is unreadable, or has no front matter.
    """
    try:
        text = (root / path).read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ControlsError(f"{path} cannot be read: {error}") from error
    match = _FRONT_MATTER.match(text)
    head = document.parse(match[1], path).data if match else None
    if not isinstance(head, dict):
        raise ControlsError(f"{path}:1: no front matter", hint="python -m controls incidents open")
    return Incident(
        path=path,
        title=str(head.get("title") or Path(path).stem),
        kind=str(head.get("type")),
        severity=str(head.get("severity")),
        outcome=_text(head.get("outcome")),
        detected=_text(head.get("detected")),
        mitigated=_text(head.get("mitigated")),
        eval_case=str(head.get("eval_case")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
