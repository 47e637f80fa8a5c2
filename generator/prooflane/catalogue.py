"""What the template's catalogue says: tiers, the lowest one allowed, controls, who owns a file.

Reads a template's `controls/catalogue.yaml` as data. It never runs or re-implements a check: that
is the work of `controls` inside a generated repository.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prooflane import document
from prooflane.errors import MAINTAINER, ProoflaneError

PATH = "controls/catalogue.yaml"
MERGED = "merged"


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
    """A control, the tiers that require it, and the files and folders (`x/`) that make it up."""

    id: str
    title: str
    tiers: tuple[int, ...]
    files: tuple[str, ...] = ()
    mode: str = ""
    since: str = ""
    why: str = ""
    remedy: str = ""

    def covers(self, path: str) -> bool:
        """Say whether `path` is one of the control's files."""
        return self.depth(path) > 0

    def depth(self, path: str) -> int:
        """Return how closely the control names `path`: the length of the name that covers it."""
        return max((len(name) for name in self.files if lies_in(path, (name,))), default=0)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who wins a merge, by path: each class lists files and folders (`x/`)."""

    classes: Mapping[str, tuple[str, ...]]

    def of(self, path: str) -> str:
        """Return the class of `path`; what is listed nowhere is merged."""
        owners = (name for name, listed in self.classes.items() if lies_in(path, listed))
        return next(owners, MERGED)


@dataclass(frozen=True, slots=True)
class Rule:
    """Asks for `tier` when each key of `when` has one of its values."""

    when: Mapping[str, tuple[str, ...]]
    tier: int
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The part of the catalogue that creating and keeping a repository needs."""

    tiers: tuple[Tier, ...]
    controls: tuple[Control, ...]
    floor: tuple[Rule, ...]
    ownership: Ownership = Ownership({})

    def of(self, tier: int) -> tuple[Control, ...]:
        """Return the controls that `tier` requires."""
        return tuple(control for control in self.controls if tier in control.tiers)


def lies_in(path: str, listed: Iterable[str]) -> bool:
    """Say whether `path` is listed, or lies in a listed folder."""
    return any(path == name or (name[-1:] == "/" and path.startswith(name)) for name in listed)


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
    controls = tuple(map(_control, _rows(data["controls"])))
    tiers = tuple(_tier(row, controls) for row in _rows(data["tiers"]))
    rules = tuple(map(_rule, _rows(data["floor"])))
    return Catalogue(tiers, controls, rules, _ownership(data.get("ownership") or {}))


def _control(row: Mapping[str, object]) -> Control:
    texts = {key: str(row.get(key, "")) for key in ("mode", "since", "why", "remedy")}
    files = tuple(map(str, _list(row.get("files") or [])))
    return Control(_text(row, "id"), _text(row, "title"), _numbers(row["tiers"]), files, **texts)


def _ownership(value: object) -> Ownership:
    classes = document.mapping(value, f"ownership of {PATH}")
    return Ownership({name: tuple(map(str, _list(listed))) for name, listed in classes.items()})


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
