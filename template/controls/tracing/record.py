"""Turns a span into its line: one JSON object, redacted, whatever the bytes that it was given.

A line without an end is a start marker: the span had begun when it was written. Where lines go is
decided in `jsonl.py`, how they are read back in `read.py`.
"""

import json
from collections.abc import Mapping

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import INVALID_SPAN_CONTEXT, format_span_id, format_trace_id

from controls.tracing.redact import redact, suspicious

_ENCODE = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, check_circular=False, default=str
).encode


def line(span: ReadableSpan, resource: str) -> bytes:
    """Return the span as one line of UTF-8, its line end included; `resource` is ready text.

    Text that is not Unicode (half of a surrogate pair) becomes the JSON escape of itself.
    """
    record = fields(span)
    text = _ENCODE(record)
    if suspicious(text):  # text by text: a pattern must not reach from one into the next
        text = _ENCODE(_scrubbed(record))
    return f'{text[:-1]},"resource":{resource}}}\n'.encode("utf-8", "backslashreplace")


def resource(values: Resource) -> str:
    """Return the resource as the JSON that each of its spans repeats."""
    return _ENCODE(_scrubbed(values.attributes))


def fields(span: ReadableSpan) -> dict[str, object]:
    """Return what is recorded of the span itself; `end_unix_nano` is None while it is open."""
    context = span.context or INVALID_SPAN_CONTEXT
    return {
        "trace_id": format_trace_id(context.trace_id),
        "span_id": format_span_id(context.span_id),
        "parent_span_id": format_span_id(span.parent.span_id) if span.parent else None,
        "name": span.name,
        "kind": span.kind.name,
        "start_unix_nano": span.start_time,
        "end_unix_nano": span.end_time,
        "status": span.status.status_code.name,
        "status_message": span.status.description or "",
        "attributes": _plain(span.attributes),
        "events": [_event(event) for event in span.events],
    }


def _event(event: Event) -> dict[str, object]:
    return {
        "name": event.name,
        "time_unix_nano": event.timestamp,
        "attributes": _plain(event.attributes),
    }


def _plain(attributes: Mapping[str, object] | None) -> Mapping[str, object]:
    copy = getattr(attributes, "copy", None)  # the SDK's own is ten times as fast as dict()
    return copy() if copy else dict(attributes or {})


def _scrubbed(value: object) -> object:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(key)): _scrubbed(item) for key, item in value.items()}
        case list() | tuple():
            return [_scrubbed(item) for item in value]
        case _:
            return value
