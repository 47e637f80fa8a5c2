"""The lowest tier that a workflow's facts allow; the rules are data in `catalogue.yaml`.

Pure. The generator reads the same rules when it asks its questions; `controls.manifest` applies
them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controls.catalogue import FloorRule

Facts = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Floor:
    """A tier and the sentence that explains it; `reason` is empty at tier 0."""

    tier: int
    reason: str


def floor(facts: Facts, rules: Iterable[FloorRule]) -> Floor:
    """Return the highest tier that any rule asks for; the first such rule gives the reason.

    `facts` maps audience, oversight, data, tools and legal to their values. A rule that names a
    fact nobody gave does not hold.
    """
    lowest = Floor(0, "")
    for rule in rules:
        if rule.tier > lowest.tier and _holds(rule, facts):
            lowest = Floor(rule.tier, rule.reason)
    return lowest


def _holds(rule: FloorRule, facts: Facts) -> bool:
    return all(set(values) & set(facts.get(key, ())) for key, values in rule.when.items())
