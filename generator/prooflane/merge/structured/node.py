"""A structured text as a tree of its own pieces: put together, they are the text again."""

from dataclasses import dataclass


class UnclearError(Exception):
    """Says that a text cannot be cut, or two changes cannot both hold: then lines decide."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is not cut any further."""

    text: str


@dataclass(frozen=True, slots=True)
class Child:
    """One entry of a mapping or list: what stands before it, its name, its value, what follows.

    `lead` are the comments and blanks above, `name` all from key to value, such as `key: ` or `- `,
    and `tail` a comment on the same line. In a flow collection `after` follows the comma.
    """

    key: str
    lead: str
    name: str
    value: "Node"
    tail: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping or list. Of a block one, `gap` is a line's start; of a flow one, what separates.

    `starts_inline` says that the first child follows what stands before it without a gap.
    """

    children: tuple[Child, ...]
    gap: str
    opening: str = ""
    closing: str = ""
    starts_inline: bool = True
    is_flow: bool = False
    is_list: bool = False
    ends_in_comma: bool = False


Node = Leaf | Branch


def text(node: Node) -> str:
    """Return the text of `node`.

    Raises:
        UnclearError: when its pieces no longer fit together.
    """
    if isinstance(node, Leaf):
        return node.text
    inner = _flow(node) if node.is_flow else _block(node)
    return node.opening + inner + node.closing


def _block(branch: Branch) -> str:
    parts: list[str] = []
    for at, child in enumerate(branch.children):
        is_inline = at == 0 and branch.starts_inline
        if is_inline and child.lead:
            raise UnclearError("a comment would stand in the middle of a line")
        start = "" if is_inline else f"{child.lead}{branch.gap}"
        parts += [start, child.name, text(child.value), child.tail]
    return "".join(parts)


def _flow(branch: Branch) -> str:
    parts: list[str] = []
    last = len(branch.children) - 1
    for at, child in enumerate(branch.children):
        comma = "," if at < last or branch.ends_in_comma else ""
        if at and _hides(parts[-1]) and not child.lead.startswith("\n"):
            raise UnclearError("a comment would hide the next item")
        parts += [child.lead, child.name, text(child.value), child.tail, comma, child.after]
    if parts and _hides(parts[-1] or parts[-3]) and not branch.closing.startswith("\n"):
        raise UnclearError("a comment would hide the end of the list")
    return "".join(parts)


def _hides(part: str) -> bool:
    return "#" in part or "//" in part
