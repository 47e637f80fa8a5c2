"""Golden vectors: inputs whose verdicts are written down, run against the managed rules.

A vector is a change of `base.json`: what it sets, what it deletes, whether that is allowed, and by
which rules it is refused. They are plain JSON, so that stock OPA can be held to them too.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from controls.errors import ControlsError
from controls.policy.bundle import CUSTOM, FOLDER
from controls.policy.engine import Policy
from controls.policy.facts import FIELDS

VECTORS = Path(FOLDER) / "vectors"
BASE = "base.json"


@dataclass(frozen=True, slots=True)
class Vector:
    """One input and what must come of it; `rules` are all those that refuse it."""

    name: str
    path: str
    given: str
    allow: bool
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Failure:
    """A vector whose verdict is another than written."""

    vector: Vector
    allow: bool
    rules: frozenset[str]


def load(root: Path) -> tuple[Vector, ...]:
    """Return every vector, and one more for each field of the base deleted, which must be refused.

    Raises:
        ControlsError: when a file is absent or malformed.
    """
    base = _read(root / VECTORS / BASE)
    if not isinstance(base, dict):
        raise ControlsError(f"{VECTORS / BASE} is not an object", hint="prooflane sync")
    _complete(base)
    written = [v for path in sorted((root / VECTORS).glob("*.json")) for v in _vectors(path, base)]
    return (*written, *_deletions(base))


def example(root: Path) -> Mapping[str, object]:
    """Return the input that vectors change, and that the owner's tests see as `data.example`.

    Raises:
        ControlsError: when the file is absent or malformed.
    """
    base = _read(root / VECTORS / BASE)
    return base if isinstance(base, dict) else {}


def own(root: Path) -> tuple[Vector, ...]:
    """Return the owner's vectors, policy/custom/*.json, to be judged by the whole policy.

    Raises:
        ControlsError: when a file is malformed.
    """
    base, folder = example(root), root / CUSTOM
    return tuple(v for path in sorted(folder.glob("*.json")) for v in _vectors(path, base))


def fields() -> frozenset[str]:
    """Return the place of every fact that a decision reads, as its dataclasses have them."""
    return FIELDS


def _complete(base: Mapping[str, object]) -> None:
    """Refuse a base that lacks a fact: its deletion would be tested nowhere."""
    odd = sorted(fields() ^ set(_places(base)))
    if odd:
        raise ControlsError(
            f"{VECTORS / BASE} and the facts of a decision disagree about {odd[0]!r}",
            hint=f"git checkout -- {FOLDER}",
        )


def failures(policy: Policy, vectors: tuple[Vector, ...]) -> Iterator[Failure]:
    """Yield each vector that `policy` judges otherwise."""
    for vector in vectors:
        decision = policy.evaluate(vector.given)
        rules = frozenset(reason.rule for reason in decision.reasons)
        expected = (
            vector.rules <= rules if vector.name.startswith("without ") else vector.rules == rules
        )
        if decision.allow != vector.allow or not expected:
            yield Failure(vector, decision.allow, rules)


def _vectors(path: Path, base: Mapping[str, object]) -> Iterator[Vector]:
    if path.name == BASE:
        return
    rows = _read(path)
    managed = path.parent.name == VECTORS.name
    name = f"{VECTORS if managed else CUSTOM}/{path.name}"
    remedy = "prooflane sync" if managed else "write it as controls/policy/vectors/*.json are"
    try:
        for row in cast("list[dict[str, Any]]", rows if isinstance(rows, list) else [rows]):
            given = copy.deepcopy(dict(base))
            for place, value in row.get("set", {}).items():
                _parent(given, place)[place.rpartition(".")[2]] = value
            for place in row.get("delete", []):
                del _parent(given, place)[place.rpartition(".")[2]]
            rules = frozenset(row.get("rules", []))
            yield Vector(row["name"], name, json.dumps(given), row["allow"], rules)
    except (AttributeError, KeyError, TypeError) as error:
        raise ControlsError(f"{name} is not a list of vectors: {error!r}", remedy) from error


def _deletions(base: Mapping[str, object]) -> Iterator[Vector]:
    for place in _places(base):
        given = copy.deepcopy(dict(base))
        del _parent(given, place)[place.rpartition(".")[2]]
        name = f"without {place}"
        yield Vector(
            name, str(VECTORS / BASE), json.dumps(given), allow=False, rules=frozenset({"complete"})
        )


def _places(value: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, item in value.items():
        yield f"{prefix}{key}"
        if isinstance(item, dict):
            yield from _places(item, f"{prefix}{key}.")


def _parent(value: dict[str, object], place: str) -> dict[str, object]:
    for step in place.split(".")[:-1]:
        inner = value[step]
        if not isinstance(inner, dict):
            raise TypeError(f"{step} is no object")
        value = inner
    return value


def _read(path: Path) -> object:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ControlsError(
            f"{path.parent.name}/{path.name} cannot be read: {error}",
            hint=f"git checkout -- {path.parent.name}/{path.name}",
        ) from error
    return found
