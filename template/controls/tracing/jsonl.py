"""Writes each span as one JSON line the moment it ends, in `.aiwf/traces/<day>/<process>.jsonl`.

Synchronous on purpose: one `os.write` to a file opened with O_APPEND, so a killed process loses no
span that has ended. A run, and any span without a parent, leaves a line when it starts, too: a run
that was killed shows, also inside of an application that traces itself. One file per day and
process, begun anew above a size, after a fork, at midnight (UTC), and when somebody has deleted it
(looked up every five milliseconds: asking for each span would cost a tenth of it). What cannot be
written raises: a call that leaves no trace does not go unnoticed. What is old is removed by
`expire.py`, never from here the day that is open.
"""

import os
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanKind

from controls.errors import ControlsError
from controls.tracing import claim, record, semconv

FILE_BYTES = 64 * 1024 * 1024
_DAY_NS = 86_400_000_000_000
_LOOK_NS = 5_000_000


def _is_run(span: Span) -> bool:
    """Say whether `span` is a run: always a SERVER, which is known before its keys are."""
    if span.kind is not SpanKind.SERVER:
        return False
    return (span.attributes or {}).get(semconv.OPERATION) == semconv.INVOKE_WORKFLOW


def _nothing() -> None:
    """Do nothing: the processor that is told no `begun` has no cap to keep."""


class JsonlProcessor(SpanProcessor):
    """Appends spans below `folder`, in the order in which they end.

    `begun` is called after each new file, for whoever keeps the folder small.
    """

    def __init__(
        self,
        folder: Path,
        file_bytes: int = FILE_BYTES,
        begun: Callable[[], None] = _nothing,
    ) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._begun = begun
        self._lock = threading.Lock()
        self._day = 0  # of the open file
        self._looked = self._look_again = 0  # nanoseconds: in between, it is good for certain
        self._descriptor = -1
        self._size = 0
        self._resource: tuple[Resource | None, bytes] = (None, b"")  # one tuple: threads may race
        os.register_at_fork(after_in_child=self._after_fork)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002  the SDK's name
        """Write the start marker of a run, or of a span that hangs from no other.

        Raises:
            ControlsError: when the file cannot be written; nothing has been called yet.
        """
        if span.parent is None or _is_run(span):
            self._append(span, span.start_time)

    def on_end(self, span: ReadableSpan) -> None:
        """Append the span.

        Raises:
            ControlsError: when the file cannot be written, for example on a full disk.
        """
        self._append(span, span.end_time)

    def _append(self, span: ReadableSpan, moment: int | None) -> None:
        known, text = self._resource
        if known is not span.resource:
            text = self._resource_text(span.resource)
        line = record.line(span, text)
        try:
            with self._lock:
                self._write(line, moment or 0)
        except OSError as error:
            raise ControlsError(
                f"the trace cannot be written to {str(self._folder)!r}: {error.strerror or error}",
                "make the folder writable and free some space",
            ) from error

    def _resource_text(self, resource: Resource) -> bytes:
        text = record.resource(resource)
        self._resource = (resource, text)
        return text

    def _write(self, line: bytes, moment: int) -> None:
        if not self._looked <= moment < self._look_again or self._size >= self._file_bytes:
            self._look(moment)
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError:
            os.ftruncate(self._descriptor, self._size)  # no half line: the next one stays readable
            raise
        self._size += len(line)

    def _look(self, moment: int) -> None:
        """Begin a file where the open one is closed, full, of another day, or was deleted."""
        day = max(moment // _DAY_NS, self._day)  # a clock that is moved back opens no day again
        good = self._descriptor >= 0 and self._size < self._file_bytes and day == self._day
        if not good or os.fstat(self._descriptor).st_nlink == 0:
            self._reopen(day)
        self._looked, self._look_again = moment, min(moment + _LOOK_NS, (day + 1) * _DAY_NS)

    def _reopen(self, day: int) -> None:
        self._close()
        name = f"{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        path = self._folder / f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        claim.hold(self._descriptor)
        self._day = day
        self._begun()

    def shutdown(self) -> None:
        """Close the file; a later span opens a new one."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._size, self._look_again = -1, 0, 0

    def _after_fork(self) -> None:
        self._lock = threading.Lock()  # the parent's may have been held by a thread that is gone
        self._close()  # the child's own: the parent writes on

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002  callers pass it by name
        """Return True: nothing is ever held back."""
        return True
