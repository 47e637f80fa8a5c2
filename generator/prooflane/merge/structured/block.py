"""Cuts YAML into its mappings, lists and values, by the places that the parser reports."""

import re
from dataclasses import dataclass

import yaml

from prooflane.document import Loader
from prooflane.merge.structured import flow, keys
from prooflane.merge.structured.flow import Cut
from prooflane.merge.structured.node import Branch, Child, Leaf, UnclearError, text

COLON = re.compile(r"[^:\n]*:")
REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?=\n|\Z)")


def cut(source: str) -> Branch:
    """Return the pieces of `source`, which is valid YAML and ends its lines in line feeds.

    Raises:
        UnclearError: when it has anchors, tags, several documents, or anything not understood.
    """
    _refuse_rare(source)
    root = yaml.compose(source, Loader)
    if not isinstance(root, yaml.CollectionNode) or root.flow_style:
        raise UnclearError("no block of keys or items")
    scanner = _Scanner(source, _line_starts(source))
    start = scanner.start(root)
    found = scanner.collection(root, start)
    branch = found.node
    assert isinstance(branch, Branch), "a collection gives a branch"
    return Branch(
        branch.children,
        branch.gap,
        opening=source[:start],
        closing=source[found.end :],
        is_list=branch.is_list,
    )


def _refuse_rare(source: str) -> None:
    documents = 0
    for event in yaml.parse(source, Loader):
        documents += isinstance(event, yaml.DocumentStartEvent)
        if getattr(event, "anchor", None) or isinstance(event, yaml.AliasEvent):
            raise UnclearError("an anchor")
        if getattr(event, "tag", None):
            raise UnclearError("a tag")
    if documents != 1:
        raise UnclearError("not one document")


def _line_starts(source: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", source))]


@dataclass(frozen=True, slots=True)
class _Scanner:
    """Turns the parser's nodes into pieces of the source; `lines` are where lines start."""

    source: str
    lines: list[int]

    def start(self, node: yaml.Node) -> int:
        """Return where `node` starts."""
        return self.lines[node.start_mark.line] + node.start_mark.column

    def collection(self, node: yaml.CollectionNode, start: int) -> Cut:
        """Return the block mapping or list that starts at `start`."""
        is_list = isinstance(node, yaml.SequenceNode)
        gap = "\n" + " " * (start - self.lines[node.start_mark.line])
        children: list[Child] = []
        end = start
        for entry in node.value:
            child, end = self._child(entry, end, start, gap, is_list=is_list)
            children.append(child)
        found = tuple(keys.unique(children)) if is_list else tuple(children)
        if len({child.key for child in found}) < len(found):
            raise UnclearError("a key that occurs twice")
        return Cut(Branch(found, gap, is_list=is_list), end)

    def _child(
        self, entry: object, at: int, first: int, gap: str, *, is_list: bool
    ) -> tuple[Child, int]:
        if isinstance(entry, tuple):
            key_node, node = entry
            key, begin = _plain_key(key_node), self.start(key_node)
        else:
            assert isinstance(entry, yaml.Node), "a list holds nodes"
            key, node = "", entry
            begin = first if at == first else self._dash(at, gap)
        lead = "" if begin == first else self._lead(at, begin, gap)
        found = self._value(node, begin, is_list=is_list)
        name = self.source[begin : found.end - len(text(found.node))]
        rest = REST.match(self.source, found.end)
        if not rest:
            raise UnclearError("a line with more than one value")
        is_block = isinstance(found.node, Branch) and not found.node.is_flow
        tail = "" if is_block else rest.group()
        return Child(key, lead, name, found.node, tail), found.end + len(tail)

    def _dash(self, at: int, gap: str) -> int:
        found = self.source.find(f"{gap}-", at)
        if found < 0 or self.source[found + len(gap) + 1 : found + len(gap) + 2] not in {" ", "\n"}:
            raise UnclearError("an item without its dash")
        return found + len(gap)

    def _lead(self, at: int, begin: int, gap: str) -> str:
        start = begin - len(gap)
        if start < at or self.source[start:begin] != gap:
            raise UnclearError("a line that does not start where its neighbours do")
        return self.source[at:start]

    def _value(self, node: yaml.Node, begin: int, *, is_list: bool) -> Cut:
        start = self.start(node)
        if isinstance(node, yaml.CollectionNode):
            if node.flow_style:
                return flow.value(self.source, start, ":")
            return self.collection(node, start)
        end = self.lines[node.end_mark.line] + node.end_mark.column
        if start == end:
            if is_list:
                raise UnclearError("an item without a value")
            end = start = self._colon(begin)
        plain = self.source[start:end].rstrip("\n ") if end > start else ""
        return Cut(Leaf(plain), start + len(plain))

    def _colon(self, begin: int) -> int:
        found = COLON.match(self.source, begin)
        if not found:
            raise UnclearError("a key without a value")
        return found.end()


def _plain_key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise UnclearError("a key that is no text")
    return str(node.value)
