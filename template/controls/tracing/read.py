"""Reads spans back from `.aiwf/traces`: lines of JSON, and closed days that are Parquet by now.

A start marker is no span: it says which span has begun, and is kept apart as `unfinished` where no
end was recorded. A torn last line (the machine died while it was written) is counted and skipped;
so is a line that is no span. What spans must hold is decided in `checks.py`, how they look in
`tree.py`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from controls.tracing import FOLDER, archive, semconv

_RUN_ID = re.compile(rb'"aiwf\.run\.id":"([0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at one instant inside a span."""

    name: str
    time: int
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Span:
    """One span; times are nanoseconds since 1970, `path` and `line` its place.

    `unfinished` is set where only its start was recorded: killed, or still running; `end` is
    `start` then.
    """

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
    unfinished: bool = False

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
        """How long it took; 0 where the clock was moved back meanwhile."""
        return max(self.end - self.start, 0) / 1e9


@dataclass(frozen=True, slots=True)
class Reading:
    """The spans that were found, how many lines could not be read, and what never ended."""

    spans: tuple[Span, ...]
    torn: int
    unfinished: tuple[Span, ...] = ()


def spans(root: Path, since: datetime | None = None, run: str | None = None) -> Iterator[Span]:
    """Yield the spans of the repository at `root`, those of one run or since a moment if asked."""
    yield from load(root, since, frozenset({run}) if run else None).spans


def load(root: Path, since: datetime | None = None, runs: frozenset[str] | None = None) -> Reading:
    """Return the spans in the order in which they were written; without `runs`, those of all."""
    found: list[Span] = []
    torn = 0
    first_day = f"{since:%Y-%m-%d}" if since else ""
    for path in files(root):
        if path.parent.name < first_day:
            continue
        for number, text in _lines(path, runs):
            if not text or (runs is not None and _foreign(text, runs)):
                continue
            span = _span(text, path, number)
            if span is None:
                torn += 1
            elif (runs is None or span.run_id in runs) and _recent(span, since):
                found.append(span)
    return _reading(found, torn)


def latest_run(root: Path) -> str | None:
    """Return the id of the run that ended or, unfinished, began last; None when there is none."""
    for path in sorted(files(root), key=lambda path: -path.stat().st_mtime_ns):
        for number, text in reversed([*_lines(path, None)]):
            span = _span(text, path, number) if text else None
            if span and span.operation == semconv.INVOKE_WORKFLOW:
                return span.run_id
    return None


def files(root: Path) -> list[Path]:
    """Return every file of traces; of what a Parquet file replaces, that one alone."""
    folder = root / FOLDER
    packed = sorted(folder.glob("*/*.parquet"))
    replaced = {path.with_name(name) for path in packed for name in _replaced(path)}
    return sorted([*packed, *(set(folder.glob("*/*.jsonl")) - replaced)])


def _replaced(packed: Path) -> frozenset[str]:
    """Return what the Parquet file replaces; nothing to look up where no other file is left."""
    return archive.sources(packed) if any(packed.parent.glob("*.jsonl")) else frozenset()


def _lines(path: Path, runs: frozenset[str] | None) -> Iterator[tuple[int, bytes]]:
    if path.suffix == ".parquet":
        return archive.lines(path, runs)
    return iter(enumerate(path.read_bytes().split(b"\n"), 1))


def _reading(found: list[Span], torn: int) -> Reading:
    ended = {(span.trace_id, span.span_id) for span in found if not span.unfinished}
    open_ = {
        (span.trace_id, span.span_id): span
        for span in found
        if span.unfinished and (span.trace_id, span.span_id) not in ended
    }
    done = tuple(span for span in found if not span.unfinished)
    return Reading(done, torn, tuple(open_.values()))


def _foreign(text: bytes, runs: frozenset[str]) -> bool:
    """Say whether a whole line surely belongs to another run, without parsing it."""
    match = _RUN_ID.search(text)
    return text.endswith(b"}") and match is not None and match[1].decode() not in runs


def _recent(span: Span, since: datetime | None) -> bool:
    return since is None or span.end >= since.timestamp() * 1e9


def _sound(row: dict[str, object]) -> bool:
    """Say whether the parts of a line have the shapes that a reader builds on."""
    named = all(isinstance(row[name], str) for name in ("trace_id", "span_id", "name"))
    timed = isinstance(row["start_unix_nano"], int) and isinstance(row["end_unix_nano"], int | None)
    return named and timed and all(isinstance(row[key], dict) for key in ("attributes", "resource"))


def _span(text: bytes, path: Path, number: int) -> Span | None:
    try:
        row = json.loads(text)
        end = row["end_unix_nano"]
        if not _sound(row):
            return None
        return Span(
            trace_id=row["trace_id"],
            span_id=row["span_id"],
            parent_span_id=row["parent_span_id"],
            name=row["name"],
            kind=row["kind"],
            start=row["start_unix_nano"],
            end=row["start_unix_nano"] if end is None else end,
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
            unfinished=end is None,
        )
    except (ValueError, KeyError, TypeError):
        return None
