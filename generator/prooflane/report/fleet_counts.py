"""A what-if over the fleet, counted: by verdict, and within it by tier, team and control."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prooflane.fleet.planned import Planned, Verdict

Counts = Mapping[str, Mapping[Verdict, int]]


@dataclass(frozen=True, slots=True)
class OfControl:
    """In how many repositories a control is added, changed or removed, stays, or is in the way."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    held: int = 0
    blocked: int = 0


def verdicts(rows: Iterable[Planned]) -> dict[Verdict, int]:
    """Return how many repositories have each verdict; every verdict is there."""
    found = Counter(row.verdict for row in rows)
    return {verdict: found[verdict] for verdict in Verdict}


def by_tier(rows: Iterable[Planned]) -> Counts:
    """Return the verdicts of each tier."""
    return _by(rows, lambda row: "no tier" if row.tier is None else f"tier {row.tier}")


def by_team(rows: Iterable[Planned]) -> Counts:
    """Return the verdicts of each team."""
    return _by(rows, lambda row: row.team or "no team")


def by_control(rows: Iterable[Planned]) -> dict[str, OfControl]:
    """Return what becomes of each control that the version touches, or that stays behind."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for id_, kind in row.controls.items():
            found[id_][kind] += 1
        for held in row.held:
            found[held.id]["held"] += 1
        for id_ in {blocked.id for blocked in row.blocked}:
            found[id_]["blocked"] += 1
    return {id_: OfControl(**found[id_]) for id_ in sorted(found)}


def _by(rows: Iterable[Planned], name: Callable[[Planned], str]) -> Counts:
    found: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for row in rows:
        found[name(row)][row.verdict] += 1
    return {
        key: {verdict: found[key][verdict] for verdict in Verdict if found[key][verdict]}
        for key in sorted(found)
    }
