"""Cuts what stands in brackets: JSON, arrays and inline tables of TOML, flow collections of YAML.

Reads only as much of a value as it takes to find its end.
"""

import re
from dataclasses import dataclass

from prooflane.merge.structured import keys
from prooflane.merge.structured.node import Branch, Child, Leaf, Node, UnclearError

PAIRS = {"[": "]", "{": "}"}
SPACE = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*)*")
SAME_LINE = re.compile(r"[ \t]*(?:#|//)[^\n]*")
QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|" + r'"(?:\\.|[^"\\\n])*"|' + r"'(?:[^'\n]|'')*'",
    re.DOTALL,
)
BARE = re.compile(r"[^\s,\[\]{}#\"'][^,\[\]{}\n#]*")


@dataclass(frozen=True, slots=True)
class Cut:
    """A node, and where it ends."""

    node: Node
    end: int


def value(source: str, at: int, equals: str) -> Cut:
    """Return the value that starts at `at`; in mappings `equals` stands between key and value.

    Raises:
        UnclearError: when it has no end.
    """
    if source[at : at + 1] in PAIRS:
        return _collection(source, at, equals)
    end = _scalar_end(source, at)
    return Cut(Leaf(source[at:end]), end)


def _collection(source: str, at: int, equals: str) -> Cut:
    bracket = source[at]
    children: list[Child] = []
    start = at + 1
    has_comma = True
    while True:
        begin = _skip(source, start)
        if source[begin : begin + 1] == PAIRS[bracket]:
            break
        if not has_comma:
            raise UnclearError("items without a comma between them")
        name_end = _name_end(source, begin, equals) if bracket == "{" else begin
        child, start, has_comma = _child(source, (start, begin, name_end), equals)
        children.append(child)
    closing = source[start : begin + 1]
    found = tuple(keys.unique(children)) if bracket == "[" else tuple(children)
    if len({child.key for child in found}) < len(found):
        raise UnclearError("a key that occurs twice")
    branch = Branch(
        found,
        gap=next((child.lead for child in children[1:] if not child.lead.strip()), " "),
        opening=bracket,
        closing=closing,
        is_flow=True,
        is_list=bracket == "[",
        ends_in_comma=bool(children) and has_comma,
    )
    return Cut(branch, begin + 1)


def _child(source: str, places: tuple[int, int, int], equals: str) -> tuple[Child, int, bool]:
    start, begin, at = places
    lead, name = source[start:begin], source[begin:at]
    quoted = QUOTED.match(name)
    key = quoted.group()[1:-1] if quoted else name.partition(equals)[0].strip()
    cut = value(source, at, equals)
    end = _skip(source, cut.end)
    has_comma = source[end : end + 1] == ","
    tail = source[cut.end : end] if has_comma else ""
    after_start = end + 1 if has_comma else cut.end
    remark = SAME_LINE.match(source, after_start)
    after = remark.group() if remark else ""
    return Child(key, lead, name, cut.node, tail, after), after_start + len(after), has_comma


def _name_end(source: str, at: int, equals: str) -> int:
    quoted = QUOTED.match(source, at)
    found = source.find(equals, quoted.end() if quoted else at)
    if found < 0 or re.search(r"[,\[\]{}\n]", source[quoted.end() if quoted else at : found]):
        raise UnclearError("a key without a value")
    return _skip(source, found + 1)


def _scalar_end(source: str, at: int) -> int:
    end = at
    while quoted := QUOTED.match(source, end):
        end = quoted.end()
    if end == at:
        bare = BARE.match(source, at)
        end = at + len(bare.group().rstrip()) if bare else at
    if end == at:
        raise UnclearError("a value that is not understood")
    return end


def _skip(source: str, at: int) -> int:
    found = SPACE.match(source, at)
    return found.end() if found else at
