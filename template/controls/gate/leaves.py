"""Takes a YAML document apart into leaves that can be compared across two versions of it.

An entry of a list is known by its name, not its place, so that a reordering is no change.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from controls.document import Document, Step

_NAMES = ("ref", "name", "role", "control")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value at `path`; a list of plain values is one leaf. `line` is where it is written."""

    path: tuple[str, ...]
    value: object
    line: int

    @property
    def name(self) -> str:
        """Return the path as people write it."""
        return ".".join(self.path)


def of(document: Document) -> dict[tuple[str, ...], Leaf]:
    """Return every leaf of `document` by its path; what is there twice is compared as the last."""
    return {leaf.path: leaf for leaf in _leaves(document, document.data, (), ())}


def _leaves(
    document: Document, value: object, path: tuple[str, ...], steps: tuple[Step, ...]
) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(document, item, (*path, key), (*steps, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(document, item, (*path, _name(item, index)), (*steps, index))
    else:
        yield Leaf(path, value, document.line(steps))


def _name(item: object, index: int) -> str:
    if isinstance(item, dict):
        return next((str(item[key]) for key in _NAMES if key in item), str(index))
    return str(index)
