"""Writes each span as one JSON line the moment it ends, in `.aiwf/traces/<day>/<process>.jsonl`.

Synchronous on purpose: one `os.write` to a file opened with O_APPEND, so a killed process loses no
span that has ended. One file per day and process, reopened after a fork, at midnight (UTC) and when
somebody has deleted it. What cannot be written raises: a call that leaves no trace does not go
unnoticed.
"""

import json
import os
import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import INVALID_SPAN_CONTEXT, format_span_id, format_trace_id

from controls.errors import ControlsError
from controls.tracing.redact import redact

_DAY_NS = 86_400_000_000_000
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class JsonlProcessor(SpanProcessor):
    """Appends spans below `folder`, in the order in which they end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._owner: tuple[int, int] = (0, 0)  # process and day that the open file belongs to
        self._descriptor = -1
        os.register_at_fork(after_in_child=self._after_fork)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Do nothing: a span is written when it ends."""

    def on_end(self, span: ReadableSpan) -> None:
        """Append the span.

        Raises:
            ControlsError: when the file cannot be written, for example on a full disk.
        """
        line = (redact(line_of(span)) + "\n").encode()
        try:
            self._write(line, (span.end_time or 0) // _DAY_NS)
        except OSError as error:
            raise ControlsError(
                f"the trace cannot be written to {str(self._folder)!r}: {error.strerror or error}",
                "make the folder writable and free some space",
            ) from error

    def _write(self, line: bytes, day: int) -> None:
        with self._lock:
            if self._stale(day):
                self._reopen(day)
            written = os.write(self._descriptor, line)
        if written != len(line):
            raise OSError(f"{written} of {len(line)} bytes written")

    def _stale(self, day: int) -> bool:
        return self._owner != (os.getpid(), day) or os.fstat(self._descriptor).st_nlink == 0

    def _reopen(self, day: int) -> None:
        self._close()
        name = f"{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        path = self._folder / f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        self._owner = (os.getpid(), day)

    def shutdown(self) -> None:
        """Close the file; a later span opens a new one."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._owner, self._descriptor = (0, 0), -1

    def _after_fork(self) -> None:
        self._lock = threading.Lock()  # the parent's may have been held by a thread that is gone

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002  callers pass it by name
        """Return True: nothing is ever held back."""
        return True


def line_of(span: ReadableSpan) -> str:
    """Return the span as one line of JSON, without its line end."""
    context = span.context or INVALID_SPAN_CONTEXT
    return _ENCODE(
        {
            "trace_id": format_trace_id(context.trace_id),
            "span_id": format_span_id(context.span_id),
            "parent_span_id": format_span_id(span.parent.span_id) if span.parent else None,
            "name": span.name,
            "kind": span.kind.name,
            "start_unix_nano": span.start_time,
            "end_unix_nano": span.end_time,
            "status": span.status.status_code.name,
            "status_message": span.status.description or "",
            "attributes": dict(span.attributes or {}),
            "events": [_event(event) for event in span.events],
            "resource": dict(span.resource.attributes),
        }
    )


def _event(event: Event) -> dict[str, object]:
    return {
        "name": event.name,
        "time_unix_nano": event.timestamp,
        "attributes": dict(event.attributes or {}),
    }
