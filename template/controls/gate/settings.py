"""Compares every setting of manifest, policy/data.yaml, policy/tools.yaml, eval sets, leaf by leaf.

The direction of each is in `directions`; a leaf that is not listed there counts as loosened when it
changes, so that a setting which the gate does not know yet is never waved through.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from controls import document
from controls.document import Document
from controls.gate import leaves
from controls.gate.directions import EVALS, MANIFEST, NUMBERS, TOOLS, Looser, changed, never
from controls.gate.leaves import Leaf
from controls.gate.row import NOTHING, Compared, Row
from controls.gate.side import Side
from controls.manifest import NAME
from controls.policy.data import FILE

Directions = Mapping[str, Looser]
Leaves = Mapping[tuple[str, ...], Leaf]
_TOOLS = "policy/tools.yaml"
_SETS = ("evals/sets/", "controls/evals/sets/")


def compare(base: Side, change: Side) -> Compared:
    """Return what `change` loosens in its settings.

    Raises:
        ControlsError: when a file of either side is not plain YAML.
    """
    found = _file(base, change, NAME, MANIFEST) + _file(base, change, FILE, NUMBERS)
    found += _file(base, change, _TOOLS, TOOLS)
    sets = (path for path in base.files if path.startswith(_SETS) and path.endswith("/set.yaml"))
    return sum((_file(base, change, path, EVALS) for path in sorted(sets)), found)


def _file(base: Side, change: Side, path: str, directions: Directions) -> Compared:
    before, after = _document(base, path), _document(change, path)
    if before.data is None and after.data is None:
        return NOTHING
    if after.data is None and path != _TOOLS:  # without a list no tool runs
        return Compared(1, 0, (Row("settings", path, "there", "gone", path),))
    return _leaves(path, before, after, directions)


def _leaves(path: str, before: Document, after: Document, directions: Directions) -> Compared:
    new = leaves.of(after)
    old = _standing(leaves.of(before), new) if path == _TOOLS else leaves.of(before)
    rows: list[Row] = []
    tightened = 0
    names = sorted({*old, *new})
    for name in names:
        was, is_ = old.get(name), new.get(name)
        one, other = (was.value if was else None), (is_.value if is_ else None)
        looser = _direction(name, directions)
        if one == other or looser is never:
            continue
        if looser(one, other):
            what = ".".join(name)
            line = is_.line if is_ else after.line(name[:-1])
            rows.append(Row("settings", what, _said(one), _said(other), path, line))
        else:
            tightened += 1
    return Compared(len(names), tightened, tuple(rows))


def _standing(old: Leaves, new: Leaves) -> Leaves:
    """Return `old` without the tools that are gone: what bounded them bounds nothing any more."""
    kept = {name[:2] for name in new}
    return {name: leaf for name, leaf in old.items() if name[0] != "tools" or name[:2] in kept}


def _direction(name: tuple[str, ...], directions: Directions) -> Looser:
    for pattern, looser in directions.items():
        if _matches(name, tuple(pattern.split("."))):
            return looser
    return changed


def _matches(name: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if pattern[-1] == "**" and len(name) >= len(pattern):
        name, pattern = name[: len(pattern) - 1], pattern[:-1]
    return len(name) == len(pattern) and all(map(fnmatchcase, name, pattern))


def _document(side: Side, path: str) -> Document:
    blob = side.read(path)
    return document.parse(blob, path) if blob is not None else Document(path, None, {})


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return (
        "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )
