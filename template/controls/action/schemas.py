"""Says where a JSON Schema of arguments leaves a door open: any key, any type, any length.

A schema that is only well-formed still lets everything through that it does not mention.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_BOUNDED = ("enum", "const")
_PLAIN = ("boolean", "integer", "number", "null")


def open_ends(schema: object, path: str = "") -> Iterator[str]:
    """Yield each place of `schema` that allows what it does not say, as path and sentence."""
    if not isinstance(schema, Mapping):
        yield f"{path or '.'} is no schema"
        return
    if any(key in schema for key in _BOUNDED):
        return
    kind = schema.get("type")
    if kind == "object":
        yield from _object(schema, path)
    elif kind == "array":
        if "maxItems" not in schema:
            yield f"{path} has no maxItems"
        yield from open_ends(schema.get("items"), f"{path}[]")
    elif kind == "string":
        if "maxLength" not in schema:
            yield f"{path} is a text without maxLength or enum"
    elif kind not in _PLAIN:
        yield f"{path} has no type of its own: {kind!r}"


def _object(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield f"{path} allows keys that it does not name: additionalProperties is not false"
    if "patternProperties" in schema:
        yield f"{path} allows keys by a pattern, not by name"
    properties = schema.get("properties")
    for name, value in (properties if isinstance(properties, Mapping) else {}).items():
        yield from open_ends(value, f"{path}.{name}")
