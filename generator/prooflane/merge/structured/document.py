"""One file of three versions: which cutter reads it, and whether the result can be trusted.

A result counts only when a real parser reads it and all that both sides wrote is in it.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import yaml

from prooflane.document import Loader
from prooflane.merge.structured import block, flow, toml
from prooflane.merge.structured.combine import combine
from prooflane.merge.structured.node import Branch, Node, UnclearError, text

LARGEST = 512 * 1024
MIXED = "mixed"
WORD = re.compile(r"[^\s,\[\]{}]+")


@dataclass(frozen=True, slots=True)
class Format:
    """How a kind of file is cut into pieces, and how a real parser reads it."""

    cut: Callable[[str], Node]
    parse: Callable[[str], object]


def _json(source: str) -> Node:
    start = len(source) - len(source.lstrip())
    found = flow.value(source, start, ":")
    if not isinstance(found.node, Branch) or source[found.end :].strip():
        raise UnclearError("no single object or list")
    end = source[found.end :]
    return Branch(
        found.node.children,
        gap=found.node.gap,
        opening=source[:start] + found.node.opening,
        closing=found.node.closing + end,
        is_flow=True,
        is_list=found.node.is_list,
        ends_in_comma=found.node.ends_in_comma,
    )


def _yaml(source: str) -> object:
    return yaml.load(source, Loader)  # noqa: S506 - both are safe loaders


YAML, TOML, JSON = (
    Format(block.cut, _yaml),
    Format(toml.cut, tomllib.loads),
    Format(_json, json.loads),
)
FORMATS: Mapping[str, Format] = {
    **dict.fromkeys((".yml", ".yaml", ".cff"), YAML),
    ".toml": TOML,
    **dict.fromkeys((".json", ".webmanifest", ".code-workspace"), JSON),
}


def merge(path: str, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Return the merged file, or None where it has to be merged by line."""
    form = FORMATS.get("." + path.rpartition(".")[2].lower())
    sides = (base, ours, theirs)
    ends = set(filter(None, map(_line_end, sides)))
    if form is None or sum(map(len, sides)) > LARGEST or len(ends) > 1 or MIXED in ends:
        return None
    try:
        old, mine, other = (side.decode().replace("\r\n", "\n") for side in sides)
        merged = _merged(form, old, mine, other)
    except (UnclearError, ValueError, yaml.YAMLError, RecursionError):
        return None
    return merged.replace("\n", ends.pop() if ends else "\n").encode()


def _merged(form: Format, base: str, ours: str, theirs: str) -> str:
    nodes = [form.cut(side) if side.strip() else None for side in (base, ours, theirs)]
    old, mine, other = nodes
    if not isinstance(mine, Branch) or not isinstance(other, Branch):
        raise UnclearError("nothing to compare")
    for node, side in zip(nodes, (base, ours, theirs), strict=True):
        if node and text(node) != side:
            raise UnclearError("the pieces are not the whole")
    result = text(combine(old or Branch((), mine.gap), mine, other))
    form.parse(result)
    if not _words(ours, base) | _words(theirs, base) <= {*WORD.findall(result)}:
        raise UnclearError("something that a side wrote would be lost")
    return result


def _words(side: str, base: str) -> set[str]:
    return {*WORD.findall(side)} - {*WORD.findall(base)}


def _line_end(side: bytes) -> str:
    windows = side.count(b"\r\n")
    if windows not in {0, side.count(b"\n")}:
        return MIXED
    return "\r\n" if windows else "\n" if b"\n" in side else ""
