"""Turns a span into its line: one JSON object, redacted, whatever the bytes that it was given.

Text by text: no pattern reaches from one into the next, and a short text, which is mostly one that
was written before (a key, a model, a version), is looked at once. A line without an end is a start
marker: the span had begun when it was written. Where lines go is decided in `jsonl.py`, how they
are read back in `read.py`.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import INVALID_SPAN_CONTEXT

from controls.tracing.redact import redact

_SHORT: Final = 256  # characters
_NUMBERS: Final = (bool, int, float, None.__class__)
_REMEMBERED: Final = 4096  # texts: 1 MB at most


def line(span: ReadableSpan, resource: str) -> bytes:
    """Return the span as one line of UTF-8, its line end included; `resource` is ready text.

    The end of a span that is open is null. Text that is not Unicode (half of a surrogate pair)
    becomes the JSON escape of itself.
    """
    context = span.context or INVALID_SPAN_CONTEXT
    parent = f'"{span.parent.span_id:016x}"' if span.parent else "null"
    end = "null" if span.end_time is None else span.end_time
    return (
        f'{{"trace_id":"{context.trace_id:032x}","span_id":"{context.span_id:016x}"'
        f',"parent_span_id":{parent},"name":{_text(span.name)},"kind":"{span.kind.name}"'
        f',"start_unix_nano":{span.start_time},"end_unix_nano":{end}'
        f',"status":"{span.status.status_code.name}"'
        f',"status_message":{_text(span.status.description or "")}'
        f',"attributes":{_object(span.attributes)},"events":{_array(map(_event, span.events))}'
        f',"resource":{resource}}}\n'
    ).encode("utf-8", "backslashreplace")


def resource(values: Resource) -> str:
    """Return the resource as the JSON that each of its spans repeats."""
    return _object(values.attributes)


def _event(event: Event) -> str:
    attributes = _object(event.attributes)
    time = event.timestamp
    return f'{{"name":{_text(event.name)},"time_unix_nano":{time},"attributes":{attributes}}}'


def _object(items: Mapping[str, object] | None) -> str:
    pairs = [f"{_remembered(key)}:{_value(value)}" for key, value in _plain(items).items()]
    return f"{{{','.join(pairs)}}}"


def _plain(attributes: Mapping[str, object] | None) -> Mapping[str, object]:
    copy = getattr(attributes, "copy", None)  # the SDK's own is ten times as fast as dict()
    return copy() if copy else dict(attributes or {})


def _array(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"


def _value(value: object) -> str:
    if isinstance(value, str):
        return _remembered(value) if len(value) <= _SHORT else _redacted(value)
    if value.__class__ in _NUMBERS:
        return _number(value)
    if isinstance(value, list | tuple):
        return _array([_value(item) for item in value])
    if isinstance(value, Mapping):
        return _object(value)
    return _text(str(value))


def _text(value: str) -> str:
    return _remembered(value) if len(value) <= _SHORT else _redacted(value)


def _redacted(text: str) -> str:
    return encode_basestring(redact(text))


_remembered = functools.lru_cache(_REMEMBERED)(_redacted)
_number = functools.lru_cache(_REMEMBERED, typed=True)(json.dumps)  # True is no 1
