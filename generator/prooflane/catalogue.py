"""What the template's catalogue says of tiers: what each brings and costs, and the lowest one.

Reads a template's `controls/catalogue.yaml` as data. It never runs or re-implements a check: that
is the work of `controls` inside a generated repository.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prooflane import document
from prooflane.errors import MAINTAINER, ProoflaneError

PATH = "controls/catalogue.yaml"


@dataclass(frozen=True, slots=True)
class Tier:
    """A row of the tier table; `brings` names the controls that the tier below does not have."""

    tier: int
    name: str
    example: str
    approval: str
    costs: str
    brings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A control and the tiers that require it."""

    id: str
    title: str
    tiers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Asks for `tier` when each key of `when` has one of its values."""

    when: Mapping[str, tuple[str, ...]]
    tier: int
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The part of the catalogue that creating a repository needs."""

    tiers: tuple[Tier, ...]
    controls: tuple[Control, ...]
    floor: tuple[Rule, ...]

    def of(self, tier: int) -> tuple[Control, ...]:
        """Return the controls that `tier` requires."""
        return tuple(control for control in self.controls if tier in control.tiers)


def load(blob: bytes) -> Catalogue:
    """Return the catalogue in `blob`.

    Raises:
        ProoflaneError: when it is malformed.
    """
    data = document.mapping(document.parse(blob, PATH), PATH)
    try:
        return _catalogue(data)
    except (KeyError, TypeError, ValueError) as error:
        raise ProoflaneError(f"{PATH} of the template is malformed: {error}", MAINTAINER) from error


def floor(facts: Mapping[str, Iterable[str]], rules: Iterable[Rule]) -> tuple[int, str]:
    """Return the lowest tier that `facts` allow, and the reason of the rule that asks for it."""
    lowest, reason = 0, ""
    for rule in rules:
        holds = all(set(values) & set(facts.get(key, ())) for key, values in rule.when.items())
        if holds and rule.tier > lowest:
            lowest, reason = rule.tier, rule.reason
    return lowest, reason


def _catalogue(data: Mapping[str, object]) -> Catalogue:
    controls = tuple(
        Control(_text(row, "id"), _text(row, "title"), _numbers(row["tiers"]))
        for row in _rows(data["controls"])
    )
    tiers = tuple(_tier(row, controls) for row in _rows(data["tiers"]))
    return Catalogue(tiers, controls, tuple(_rule(row) for row in _rows(data["floor"])))


def _tier(row: Mapping[str, object], controls: Iterable[Control]) -> Tier:
    tier = int(_text(row, "tier"))
    brings = tuple(c.title for c in controls if tier in c.tiers and tier - 1 not in c.tiers)
    texts = {key: _text(row, key) for key in ("name", "example", "approval", "costs")}
    return Tier(tier, brings=brings, **texts)


def _rule(row: Mapping[str, object]) -> Rule:
    when = document.mapping(row["when"], f"floor of {PATH}")
    return Rule(
        {key: tuple(map(str, _list(values))) for key, values in when.items()},
        int(_text(row, "tier")),
        _text(row, "reason"),
    )


def _rows(value: object) -> tuple[dict[str, object], ...]:
    return tuple(document.mapping(row, f"a row of {PATH}") for row in _list(value))


def _numbers(value: object) -> tuple[int, ...]:
    return tuple(int(str(item)) for item in _list(value))


def _text(row: Mapping[str, object], key: str) -> str:
    return str(row[key])


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value
