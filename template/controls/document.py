"""Reads one YAML file that somebody else wrote: safely, size-limited, with its line numbers.

Never resolves an alias or a tag, never builds an object, never keeps a duplicated key silently.
What the data must look like is decided by `controls.manifest_schema` and by each family for its own
files.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from controls.errors import ControlsError

LIMIT = 256 * 1024
DEPTH = 24
TIMESTAMP = "tag:yaml.org,2002:timestamp"
TEXT = "tag:yaml.org,2002:str"
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Step = str | int


@dataclass(frozen=True, slots=True)
class Document:
    """Parsed YAML: `data` holds only what JSON can hold (dates stay text); lines start at 1."""

    name: str
    data: object
    lines: dict[tuple[Step, ...], int] = field(repr=False)

    def line(self, path: tuple[Step, ...]) -> int:
        """Return the line of `path`, or of its nearest parent that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(path: Path, name: str | None = None, limit: int = LIMIT) -> Document:
    """Return the document at `path`, called `name` in messages.

    Raises:
        ControlsError: when it is absent, unreadable, larger than `limit` bytes, or not plain YAML.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            blob = file.read(limit + 1)
    except OSError as error:
        raise ControlsError(f"{name} cannot be read: {error.strerror}") from error
    if len(blob) > limit:
        raise ControlsError(f"{name} is larger than {limit // 1024} KiB", hint="keep it short")
    return parse(blob, name)


def parse(blob: bytes | str, name: str) -> Document:
    """Return the document that `blob` holds.

    Raises:
        ControlsError: when it is not UTF-8, not YAML, nested too deep, or uses aliases or tags.
    """
    try:
        text = blob if isinstance(blob, str) else blob.decode("utf-8")
        _refuse_tricks(text, name)
        node = yaml.compose(text, Loader)
        if node is None:
            return Document(name, None, {})
        lines = dict(_lines(node, (), name))
        data = yaml.constructor.SafeConstructor().construct_document(node)
        return Document(name, _plain(data, name), lines)
    except UnicodeDecodeError as error:
        raise ControlsError(f"{name} is not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark else name
        raise ControlsError(f"{place}: not valid YAML: {_sentence(error)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ControlsError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from error


def _sentence(error: yaml.MarkedYAMLError) -> str:
    parts = (error.context, error.problem)
    return ", ".join(" ".join(part.split()) for part in parts if part)


def _at(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _refuse_tricks(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.AliasEvent):
            raise ControlsError(
                f"{name}:{_at(event)}: aliases are not allowed (*{event.anchor})",
                hint="write the value out",
            )
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            # of a tag and a value that do not fit, the library makes a mistake of its own
            raise ControlsError(
                f"{name}:{_at(event)}: tags are not allowed ({event.tag})",
                hint="write the value alone",
            )
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise ControlsError(f"{name}:{_at(event)}: nested deeper than {DEPTH} levels")


def _lines(
    node: yaml.Node, path: tuple[Step, ...], name: str
) -> Iterator[tuple[tuple[Step, ...], int]]:
    yield path, node.start_mark.line + 1
    if node.tag == TIMESTAMP:
        node.tag = TEXT
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index), name)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ControlsError(f"{name}:{line}: a key must be a plain word")
            if key.value in seen:
                raise ControlsError(f"{name}:{line}: key {key.value!r} is there twice")
            seen.add(key.value)
            yield from _lines(value, (*path, key.value), name)
            yield (*path, key.value), line


def _plain(value: object, name: str) -> object:
    match value:
        case dict():
            return {str(key): _plain(item, name) for key, item in value.items()}
        case list():
            return [_plain(item, name) for item in value]
        case float() if not math.isfinite(value):
            raise ControlsError(f"{name}: {value!r} is not a number to count with")
        case None | str() | bool() | int() | float():
            return value
    raise ControlsError(f"{name}: a value of type {type(value).__name__} is not allowed")
