"""Reads spans back from `.aiwf/traces`, file by file, without an index.

A torn last line (the machine died while it was written) is counted and skipped; so is a line that
is no span. What spans must hold is decided in `checks.py`, how they look in `tree.py`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from controls.tracing import semconv
from controls.tracing.setup import FOLDER

_RUN_ID = re.compile(rb'"aiwf\.run\.id":"([0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at one instant inside a span."""

    name: str
    time: int
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Span:
    """One finished span; times are nanoseconds since 1970, `path` and `line` its place."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    kind: str
    start: int
    end: int
    status: str
    status_message: str
    attributes: Mapping[str, object]
    events: tuple[Event, ...]
    resource: Mapping[str, object] = field(repr=False)
    path: Path
    line: int

    @property
    def run_id(self) -> str:
        """The run that the span belongs to."""
        return str(self.attributes.get(semconv.RUN_ID, ""))

    @property
    def operation(self) -> str:
        """What the span stands for: a run, a call of a model, a retrieval."""
        return str(self.attributes.get(semconv.OPERATION, ""))

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.end - self.start) / 1e9


@dataclass(frozen=True, slots=True)
class Reading:
    """The spans that were found, and how many lines could not be read."""

    spans: tuple[Span, ...]
    torn: int


def spans(root: Path, since: datetime | None = None, run: str | None = None) -> Iterator[Span]:
    """Yield the spans of the repository at `root`, those of one run or since a moment if asked."""
    yield from load(root, since, frozenset({run}) if run else None).spans


def load(root: Path, since: datetime | None = None, runs: frozenset[str] | None = None) -> Reading:
    """Return the spans in the order in which they were written; without `runs`, those of all."""
    found: list[Span] = []
    torn = 0
    first_day = f"{since:%Y-%m-%d}" if since else ""
    for path in sorted((root / FOLDER).glob("*/*.jsonl")):
        if path.parent.name < first_day:
            continue
        for number, text in enumerate(path.read_bytes().split(b"\n"), 1):
            if not text or (runs is not None and _foreign(text, runs)):
                continue
            span = _span(text, path, number)
            if span is None:
                torn += 1
            elif (runs is None or span.run_id in runs) and _recent(span, since):
                found.append(span)
    return Reading(tuple(found), torn)


def latest_run(root: Path) -> str | None:
    """Return the id of the run that ended last, None when there is none."""
    files = sorted((root / FOLDER).glob("*/*.jsonl"), key=lambda path: -path.stat().st_mtime_ns)
    for path in files:
        for number, text in reversed([*enumerate(path.read_bytes().split(b"\n"), 1)]):
            span = _span(text, path, number) if text else None
            if span and span.operation == semconv.INVOKE_WORKFLOW:
                return span.run_id
    return None


def _foreign(text: bytes, runs: frozenset[str]) -> bool:
    """Say whether a whole line surely belongs to another run, without parsing it."""
    match = _RUN_ID.search(text)
    return text.endswith(b"}") and match is not None and match[1].decode() not in runs


def _recent(span: Span, since: datetime | None) -> bool:
    return since is None or span.end >= since.timestamp() * 1e9


def _span(text: bytes, path: Path, number: int) -> Span | None:
    try:
        row = json.loads(text)
        return Span(
            trace_id=row["trace_id"],
            span_id=row["span_id"],
            parent_span_id=row["parent_span_id"],
            name=row["name"],
            kind=row["kind"],
            start=row["start_unix_nano"],
            end=row["end_unix_nano"],
            status=row["status"],
            status_message=row.get("status_message", ""),
            attributes=row["attributes"],
            events=tuple(
                Event(event["name"], event["time_unix_nano"], event["attributes"])
                for event in row["events"]
            ),
            resource=row["resource"],
            path=path,
            line=number,
        )
    except (ValueError, KeyError, TypeError):
        return None
