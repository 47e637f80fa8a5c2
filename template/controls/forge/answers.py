"""Reads a forge's JSON without trusting its shape: what is absent or odd is empty, never a guess.

An empty handle, commit or date makes whoever judges it say no.
"""

from collections.abc import Mapping

Row = Mapping[str, object]


def row(value: object) -> Row:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> tuple[Row, ...]:
    """Return the objects of a list."""
    return (
        tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
    )


def at(value: object, *steps: str) -> object:
    """Return what lies at `steps`, None where the way ends."""
    for step in steps:
        value = row(value).get(step)
    return value


def text(value: object, *steps: str) -> str:
    """Return the text at `steps`, empty where there is none."""
    found = at(value, *steps)
    return found if isinstance(found, str) else ""


def number(value: object, *steps: str) -> int:
    """Return the whole number at `steps`, 0 where there is none."""
    found = at(value, *steps)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def true(value: object, *steps: str) -> bool:
    """Say whether exactly `true` lies at `steps`."""
    return at(value, *steps) is True
