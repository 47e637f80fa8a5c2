"""Cuts TOML into its tables, and these into their keys."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from prooflane.merge.structured import flow, keys
from prooflane.merge.structured.node import Branch, Child, Leaf, UnclearError

BLANKS = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*")
END = re.compile(r"[ \t]*(?:#[^\n]*)?\Z")
HEADER = re.compile(r"[ \t]*(\[\[?[^\]\n]+\]\]?)[ \t]*(?:#[^\n]*)?(?=\n|\Z)")
KEY = re.compile(r"[ \t]*((?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*'|[ \t]*\.[ \t]*)+)[ \t]*=[ \t]*")
REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?=\n|\Z)")
EMPTY = Branch((), gap="\n", starts_inline=False)


def cut(source: str) -> Branch:
    """Return the pieces of `source`, which is valid TOML and ends its lines in line feeds.

    Raises:
        UnclearError: when something in it is not understood.
    """
    statements = list(_statements(source))
    end = statements.pop()
    opening = statements[0].lead if statements else ""
    if statements:
        statements[0] = replace(statements[0], lead="")
    tables = tuple(_tables(statements))
    if len({table.key for table in tables}) < len(tables):
        raise UnclearError("a table that occurs twice")
    return Branch(tables, gap="\n", opening=opening, closing=end.lead)


def _statements(source: str) -> Iterator[Child]:
    # each with what stands above it; the last one is what stands at the end
    at = 0
    while True:
        blanks = BLANKS.match(source, at)
        begin = blanks.end() if blanks else at
        if END.match(source, begin):
            yield Child("", source[at:], "", Leaf(""))
            return
        lead = source[at:begin]
        lead = lead.removesuffix("\n") if at else lead
        child, at = _statement(source, begin)
        yield replace(child, lead=lead)


def _statement(source: str, at: int) -> tuple[Child, int]:
    if header := HEADER.match(source, at):
        return Child(header[1], "", header.group(), EMPTY), header.end()
    name = KEY.match(source, at)
    if not name:
        raise UnclearError("a line that is neither key nor table")
    value = flow.value(source, name.end(), "=")
    rest = REST.match(source, value.end)
    if not rest:
        raise UnclearError("a line with more than one value")
    key = name[1].replace(" ", "")
    return Child(key, "", name.group(), value.node, tail=rest.group()), rest.end()


def _tables(statements: Iterable[Child]) -> Iterator[Child]:
    table: Child | None = None
    inside: list[Child] = []
    for child in statements:
        if child.value is not EMPTY and table:
            inside.append(child)
        elif child.value is not EMPTY:
            yield child
        else:
            yield from _closed(table, inside)
            table, inside = child, []
    yield from _closed(table, inside)


def _closed(table: Child | None, inside: list[Child]) -> Iterator[Child]:
    if not table:
        return
    if len({child.key for child in inside}) < len(inside):
        raise UnclearError("a key that occurs twice")
    value = replace(EMPTY, children=tuple(inside))
    key = f"{table.key} {keys.known_by(value)}" if table.key.startswith("[[") else table.key
    yield replace(table, key=key, value=value)
