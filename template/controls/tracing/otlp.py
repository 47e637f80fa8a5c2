"""Sends spans to an OpenTelemetry collector beside the file, in batches, from a thread of its own.

A slow or dead collector costs a call nothing: the queue is bounded and drops, the local file stays
complete. It costs the end of the process a few seconds at most. What leaves is redacted like what
is written.
"""

import atexit
import logging
import time
from collections.abc import Mapping, Sequence
from typing import cast

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import AttributeValue

from controls.tracing.redact import redact

_TIMEOUT_SECONDS = 2
_LAST_SECONDS = 3
_LOG = logging.getLogger(__name__)


class RedactingExporter(SpanExporter):
    """Hands spans on without the secrets that a pattern knows, until its time is up."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._deadline = float("inf")

    def hurry(self, seconds: float) -> None:
        """Begin no batch later than in `seconds`."""
        self._deadline = time.monotonic() + seconds

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the batch; the result says whether the collector took it."""
        if time.monotonic() > self._deadline:
            return SpanExportResult.FAILURE
        return self._inner.export([clean(span) for span in spans])

    def shutdown(self) -> None:
        """Stop sending."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is queued, for at most `timeout_millis`."""
        return self._inner.force_flush(timeout_millis)


def processor() -> BatchSpanProcessor | None:
    """Return the processor for the collector that the environment names.

    None, and a line on the error stream, where its settings are malformed: a mistyped header must
    not stop a call.
    """
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    logging.getLogger("opentelemetry.sdk._shared_internal").setLevel(logging.CRITICAL)
    try:
        exporter = RedactingExporter(OTLPSpanExporter(timeout=_TIMEOUT_SECONDS))
        batches = BatchSpanProcessor(exporter, schedule_delay_millis=1000)
    except (ValueError, KeyError, OSError, ImportError, RuntimeError) as error:
        _LOG.warning("no spans are sent to the collector: %s", error)
        return None
    atexit.register(_close, exporter, batches)
    return batches


def _close(exporter: RedactingExporter, batches: BatchSpanProcessor) -> None:
    """Send what is queued before the process ends, within seconds."""
    exporter.hurry(_LAST_SECONDS)
    batches._batch_processor.shutdown(1000 * _LAST_SECONDS)  # noqa: SLF001  the public one waits 30 s


def clean(span: ReadableSpan) -> ReadableSpan:
    """Return the span with its name, status, attributes, events and links redacted."""
    return ReadableSpan(
        name=redact(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_attributes(span.attributes),
        events=[
            Event(redact(event.name), _attributes(event.attributes), event.timestamp)
            for event in span.events
        ],
        links=[Link(link.context, _attributes(link.attributes)) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, _redacted(span.status.description)),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _attributes(attributes: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    return {redact(key): _value(value) for key, value in (attributes or {}).items()}


def _value(value: AttributeValue) -> AttributeValue:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return cast("AttributeValue", [redact(v) if isinstance(v, str) else v for v in value])
    return value


def _redacted(text: str | None) -> str | None:
    return redact(text) if text else text
