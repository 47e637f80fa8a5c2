"""Which repository goes in which wave. Pure, and the same however often it is asked.

A share is taken in an order that looks random and never changes, so that the first five percent of
a fleet are not those whose names begin with an A.
"""

import hashlib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from math import ceil

from prooflane.campaign.settings import Stage
from prooflane.fleet.repository import Repository


def assign(
    stages: Iterable[Stage], repositories: Iterable[Repository]
) -> Mapping[int, tuple[str, ...]]:
    """Return the keys of each wave, by its number; a repository that no wave takes is in none."""
    everyone = sorted(repositories, key=_order)
    taken: set[str] = set()
    found: dict[int, tuple[str, ...]] = {}
    for number, stage in enumerate(stages):
        mine = [row.key for row in everyone if covers(stage, row)]
        wanted = ceil(len(mine) * stage.share / 100) - sum(key in taken for key in mine)
        chosen = [key for key in mine if key not in taken][: max(0, wanted)]
        taken |= {*chosen}
        found[number] = tuple(chosen)
    return found


def covers(stage: Stage, repository: Repository) -> bool:
    """Say whether `stage` takes `repository`, its share apart."""
    if stage.tiers and repository.tier not in stage.tiers:
        return False
    patterns = stage.repositories
    return not patterns or any(_matches(repository.key, pattern) for pattern in patterns)


def _matches(key: str, pattern: str) -> bool:
    return fnmatchcase(key, pattern) or fnmatchcase(key, f"*/{pattern}")


def _order(repository: Repository) -> str:
    return hashlib.sha256(repository.key.encode()).hexdigest()
