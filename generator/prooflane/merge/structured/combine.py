"""Three trees of pieces to one: what one side alone changed counts, key by key.

Pure. Raises where a person has to decide; then the conflict is shown by line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from prooflane.merge import text as lines
from prooflane.merge.diff3 import Stable, chunks
from prooflane.merge.structured.node import Branch, Child, Leaf, Node, UnclearError, text

# lists in which the place of an item means something
ORDERED = frozenset({"steps", "script", "before_script", "after_script", "commands", "args", "run"})


def combine(base: Node, ours: Node, theirs: Node, name: str = "") -> Node:
    """Return what both sides made of `base`; `name` is the key under which it stands.

    Raises:
        UnclearError: when both changed the same thing.
    """
    before, mine, other = text(base), text(ours), text(theirs)
    if other in {mine, before}:
        return ours
    if mine == before:
        return theirs
    if isinstance(ours, Branch) and isinstance(theirs, Branch):
        old = base if isinstance(base, Branch) and _alike(base, ours) else None
        if _alike(ours, theirs) and (old or not before):
            return _branch(old or replace(ours, children=()), ours, theirs, name)
    return Leaf(_text(before, mine, other))


def _alike(one: Branch, other: Branch) -> bool:
    same_kind = (one.is_list, one.is_flow) == (other.is_list, other.is_flow)
    return same_kind and (one.is_flow or one.gap == other.gap)


def _branch(base: Branch, ours: Branch, theirs: Branch, name: str) -> Branch:
    sides = [{child.key: child for child in side.children} for side in (base, ours, theirs)]
    names = [[*side] for side in sides]
    is_ordered = ours.is_list and name in ORDERED
    order = _in_order(*names) if is_ordered else _in_any_order(*names)
    old, mine, other = sides
    children = [_child(key, old.get(key), mine.get(key), other.get(key)) for key in order]
    for key in old.keys() - {*order}:
        _refuse_dropped_edit(old[key], mine.get(key), other.get(key))
    merged = replace(
        ours,
        opening=_text(base.opening, ours.opening, theirs.opening),
        closing=_text(base.closing, ours.closing, theirs.closing),
        children=tuple(children),
        ends_in_comma=ours.ends_in_comma if ours.children else theirs.ends_in_comma,
    )
    return _spaced(merged, ours, theirs)


def _in_order(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    order: list[str] = []
    for chunk in chunks(base, ours, theirs):
        if not isinstance(chunk, Stable):
            raise UnclearError("both changed the order")
        order += chunk.items
    if len(set(order)) < len(order):
        raise UnclearError("one item stands in two places")
    return order


def _in_any_order(base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
    old, mine, other = set(base), set(ours), set(theirs)
    new_ours, new_theirs = mine - old, other - old
    if (old - mine - other) and (new_ours - new_theirs) and (new_theirs - new_ours):
        raise UnclearError("both replaced the same item")
    follows = _shared(ours, base) == _shared(base, ours)
    first, second = (theirs, ours) if follows else (ours, theirs)
    kept = (old & mine & other) | new_ours | new_theirs
    order = [key for key in first if key in kept]
    for at, key in enumerate(second):
        if key in kept and key not in order:
            before = [known for known in second[:at] if known in order]
            order.insert(order.index(before[-1]) + 1 if before else 0, key)
    return order


def _shared(one: Sequence[str], other: Iterable[str]) -> list[str]:
    known = set(other)
    return [key for key in one if key in known]


def _child(key: str, base: Child | None, ours: Child | None, theirs: Child | None) -> Child:
    if not ours or not theirs:
        made = ours or theirs
        assert made, "an order holds only keys of a side"
        return made
    old = base or Child(key, "", "", Leaf(""))
    _refuse_stale_remark(old, ours, theirs)
    return Child(
        key,
        lead=_text(old.lead, ours.lead, theirs.lead),
        name=_text(old.name, ours.name, theirs.name),
        value=combine(old.value, ours.value, theirs.value, key),
        tail=_text(old.tail, ours.tail, theirs.tail),
        after=_text(old.after, ours.after, theirs.after),
    )


def _refuse_stale_remark(base: Child, ours: Child, theirs: Child) -> None:
    # a remark beside a value speaks of that value: `# pinned, see 12` must not land on another one
    for one, other in ((ours, theirs), (theirs, ours)):
        remarked = (one.tail, one.after) != (base.tail, base.after)
        is_beside = "\n" not in text(base.value)  # a scalar, or a list in one line
        if base.name and remarked and is_beside and other.value != base.value:
            raise UnclearError("one side remarked on a value that the other changed")


def _refuse_dropped_edit(base: Child, ours: Child | None, theirs: Child | None) -> None:
    for left in (ours, theirs):
        if left and _said(left) != _said(base):
            raise UnclearError("one side dropped what the other changed")


def _said(child: Child) -> tuple[str, ...]:
    # the space around an entry follows from its place; a remark around it was written
    around = (child.lead, child.tail, child.after)
    return (child.name, text(child.value), *map(str.strip, around))


def _spaced(merged: Branch, ours: Branch, theirs: Branch) -> Branch:
    # what comes first, or no longer does, takes the space of its new place
    if not merged.is_flow or not merged.children:
        return merged
    firsts = [side.children[0] for side in (ours, theirs) if side.children]
    start = firsts[0].lead
    children = list(merged.children)
    if children[0].key not in {child.key for child in firsts}:
        if children[0].lead.strip():
            raise UnclearError("a comment would stand in the middle of a line")
        children[0] = replace(children[0], lead=start)
    for at, child in enumerate(children[1:], start=1):
        if any(child is first for first in firsts) or child.lead == start == "":
            children[at] = replace(child, lead=child.lead if "\n" in child.lead else merged.gap)
    return replace(merged, children=tuple(children))


def _text(base: str, ours: str, theirs: str) -> str:
    if theirs in {ours, base}:
        return ours
    if ours == base:
        return theirs
    merged = lines.merge(base.encode(), ours.encode(), theirs.encode())
    if merged.conflicts or "\n" not in base:
        raise UnclearError("both changed the same value")
    return merged.data.decode()
