"""Finds what an owner's rule reads and no call has: such a rule would silently never deny.

A misspelt field is undefined, and what is undefined matches nothing. So each read of `input` and of
the numbers in `data.policy` must name a field in full, and a comparison with a closed set one of
its values. The rule is parsed by the engine, never run.
"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from controls.policy import rego
from controls.policy.data import SECTIONS
from controls.policy.facts import CLOSED, FIELDS

Node = Mapping[str, object]
GROUPS = frozenset(name.partition(".")[0] for name in FIELDS if "." in name)
IN_FULL = "name each field in full, such as input.caller.workspace"


@dataclass(frozen=True, slots=True)
class Stray:
    """A read of something that is not there, with its line and what to write instead."""

    line: int
    told: str
    hint: str


@lru_cache(maxsize=64)
def package(text: str) -> str:
    """Return the package of the module, as the engine reads it; nothing where it does not parse."""
    try:
        return rego.engine().add_policy("module.rego", text).removeprefix("data.")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001  the engine panics with one of its own
        return ""


@lru_cache(maxsize=64)
def strays(path: str, text: str) -> tuple[Stray, ...]:
    """Return what the module reads in vain; what does not parse is left to the engine."""
    engine = rego.engine()
    try:
        engine.add_policy(path, text)
        tree = json.loads(engine.get_ast_as_json())
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001  the engine panics with one of its own
        return ()
    (module,) = tree
    parts = {name: node for name, node in module["ast"].items() if name != "package"}
    return tuple(dict.fromkeys(_below(parts)))


def _below(node: object) -> Iterator[Stray]:
    """Yield the strays of `node`: a chain such as `input.caller.workspace` is read as one."""
    if isinstance(node, list):
        for each in node:
            yield from _below(each)
    if not isinstance(node, dict):
        return
    yield from _compared(node)
    chain = _chain(node)
    if chain is not None:
        yield from _judged(chain)
        for index in chain.indices:
            yield from _below(index)
        return
    given = _defaulted(node)
    if given is not None:
        yield from _judged(given)
        yield from _below(node["Call"]["params"][2:])
        return
    for each in node.values():
        yield from _below(each)


@dataclass(frozen=True, slots=True)
class _Chain:
    """A reference: its root, its steps as far as they are written out, and what stands in []."""

    root: str
    steps: tuple[str | None, ...]
    line: int
    indices: tuple[object, ...]


def _chain(node: Node) -> _Chain | None:
    if "Var" in node:
        found = _dict(node["Var"])
        root, line = str(found.get("value")), _line(found)
        return _Chain(root, (), line, ()) if root in {"input", "data"} else None
    for kind in ("RefDot", "RefBrack"):
        if kind in node:
            inner = _dict(node[kind])
            above = _chain(_dict(inner["refr"]))
            if above is None:
                return None
            step, index = _step(inner)
            return _Chain(above.root, (*above.steps, step), above.line, (*above.indices, *index))
    return None


def _step(inner: Node) -> tuple[str | None, tuple[object, ...]]:
    if "field" in inner:
        return str(_list(inner["field"])[1]), ()
    index = _dict(inner["index"])
    written = _dict(index.get("String", {})).get("value")
    return (str(written), ()) if written is not None else (None, (index,))


def _defaulted(node: Node) -> _Chain | None:
    """Return the reference that `object.get(input.caller, "workspace", …)` amounts to."""
    call = _dict(node.get("Call", {}))
    name = _dict(_dict(call.get("fcn", {})).get("RefDot", {}))
    if _dict(_dict(name.get("refr", {})).get("Var", {})).get("value") != "object":
        return None
    params = [_dict(each) for each in _list(call.get("params", []))]
    chain = _chain(params[0]) if len(params) == 3 else None
    key = _dict(params[1].get("String", {})).get("value") if chain else None
    if chain is None or key is None:
        return None
    return _Chain(chain.root, (*chain.steps, str(key)), chain.line, chain.indices)


def _judged(chain: _Chain) -> Iterator[Stray]:
    if chain.root == "data":
        yield from _numbers(chain)
        return
    name = _field(chain.steps)
    if name in FIELDS and name not in GROUPS:
        return
    if None in chain.steps or name in GROUPS or not name:
        yield Stray(chain.line, f"reads {_told(chain)}, and not one field of it", IN_FULL)
    else:
        yield Stray(chain.line, f"reads {_told(chain)}, which no call has", _near(name, FIELDS))


def _numbers(chain: _Chain) -> Iterator[Stray]:
    """Judge a read of the owner's numbers by its section; deeper, keys are the owner's own."""
    if chain.steps[:1] != ("policy",):
        return
    section = chain.steps[1] if len(chain.steps) > 1 else None
    if section not in SECTIONS:
        told = f"reads {_told(chain)}, which policy/data.yaml does not have"
        yield Stray(chain.line, told, _near(str(section or ""), SECTIONS))


def _compared(node: Node) -> Iterator[Stray]:
    """Judge `input.tier == "2"` and `input.data_class in {"Personal"}`: never true as written."""
    sides = _sides(node)
    for chain, values in sides:
        name = _field(chain.steps) if chain.root == "input" else ""
        for value in values if name in CLOSED else ():
            if not any(_same(value, each) for each in CLOSED[name]):
                known = ", ".join(json.dumps(each) for each in CLOSED[name])
                told = f"compares input.{name} with {json.dumps(value)}, which it never is"
                yield Stray(chain.line, told, f"one of: {known}")


def _same(left: object, right: object) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _sides(node: Node) -> Iterator[tuple[_Chain, list[object]]]:
    bool_, member = _dict(node.get("BoolExpr", {})), _dict(node.get("Membership", {}))
    pairs = [(bool_.get("lhs"), bool_.get("rhs")), (bool_.get("rhs"), bool_.get("lhs"))]
    pairs = pairs if bool_.get("op") in {"Eq", "Ne"} else []
    pairs += [(member.get("value"), member.get("collection"))] if member else []
    for left, right in pairs:
        chain = _chain(_dict(left))
        if chain:
            yield chain, list(_literals(_dict(right)))


def _literals(node: Node) -> Iterator[object]:
    for kind in ("String", "Number"):
        if kind in node:
            yield _dict(node[kind]).get("value")
    for kind in ("Set", "Array"):
        for item in _list(_dict(node.get(kind, {})).get("items", [])):
            yield from _literals(_dict(item))


def _field(steps: Sequence[str | None]) -> str:
    """Return the field that `steps` lead to; what is inside of a list of values is in order."""
    words = [step for step in steps[:2] if step is not None]
    return ".".join(words) if words[:1] and words[0] in GROUPS else "".join(words[:1])


def _told(chain: _Chain) -> str:
    return ".".join([chain.root, *(step if step is not None else "[…]" for step in chain.steps)])


def _near(name: str, known: Sequence[str] | frozenset[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), 1)
    return f"did you mean {close[0]!r}" if close else f"one of: {', '.join(sorted(known))}"


def _line(node: Node) -> int:
    return int(str(_dict(node.get("span", {})).get("line", 0)))


def _dict(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []
