"""Sends spans to an OpenTelemetry collector beside the file, in batches, from a thread of its own.

A slow or dead collector costs a call nothing: the queue is bounded and drops, the local file stays
complete. What leaves is redacted like what is written.
"""

import atexit
import logging
from collections.abc import Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.util.types import AttributeValue

from controls.tracing.redact import redact

_TIMEOUT_SECONDS = 2


class RedactingExporter(SpanExporter):
    """Hands spans on without the secrets that a pattern knows."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the batch; the result says whether the collector took it."""
        return self._inner.export([clean(span) for span in spans])

    def shutdown(self) -> None:
        """Stop sending."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is queued, for at most `timeout_millis`."""
        return self._inner.force_flush(timeout_millis)


def processor() -> BatchSpanProcessor:
    """Return the processor for the collector that the environment names."""
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    exporter = OTLPSpanExporter(timeout=_TIMEOUT_SECONDS)
    batches = BatchSpanProcessor(RedactingExporter(exporter), schedule_delay_millis=1000)
    atexit.register(batches.shutdown)  # what is queued leaves before the process does
    return batches


def clean(span: ReadableSpan) -> ReadableSpan:
    """Return the span with its name, status, attributes and events redacted."""
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
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _attributes(attributes: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    return {
        key: redact(value) if isinstance(value, str) else value
        for key, value in (attributes or {}).items()
    }
