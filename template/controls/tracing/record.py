"""Turns a span into its line: one JSON object, redacted, whatever the bytes that it was given.

The line is searched for secrets once, as a whole; only where one may be is each text masked by
itself and the line made anew. A line without an end is a start marker: the span had begun when it
was written. Where lines go is decided in `jsonl.py`, how they are read back in `read.py`.
"""

import json
from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import INVALID_SPAN_CONTEXT
from pydantic_core import to_json

from controls.tracing.redact import may_hold, redact


def line(span: ReadableSpan, resource: bytes) -> bytes:
    """Return the span as one line of UTF-8, its line end included; `resource` is ready JSON.

    Text that is not Unicode (half of a surrogate pair) becomes the JSON escape of itself.
    """
    record = fields(span)
    text = _encoded(record)
    if may_hold(text):
        text = _encoded(_scrubbed(record))
    return b'%b,"resource":%b}\n' % (text[:-1], resource)


def resource(values: Resource) -> bytes:
    """Return the resource as the JSON that each of its spans repeats."""
    return _encoded(_scrubbed(values.attributes))


def fields(span: ReadableSpan) -> dict[str, Any]:
    """Return what is recorded of the span itself; `end_unix_nano` is None while it is open."""
    context = span.context or INVALID_SPAN_CONTEXT
    return {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "name": span.name,
        "kind": span.kind._name_,
        "start_unix_nano": span.start_time,
        "end_unix_nano": span.end_time,
        "status": span.status.status_code._name_,
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


def _plain(attributes: Mapping[str, object] | None) -> dict[str, object]:
    copy = getattr(attributes, "copy", None)  # the SDK's own is ten times as fast as dict()
    return copy() if copy else dict(attributes or {})


def _encoded(record: Mapping[str, object]) -> bytes:
    try:
        return to_json(record, inf_nan_mode="null", fallback=str)
    except ValueError:  # half of a surrogate pair, which UTF-8 has no bytes for
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=str)
        return text.encode("utf-8", "backslashreplace")


def _scrubbed(value: object) -> object:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(key)): _scrubbed(item) for key, item in value.items()}
        case list() | tuple():
            return [_scrubbed(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return redact(str(value))
