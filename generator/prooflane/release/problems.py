"""Why a candidate may not be released: what breaks, and how. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from prooflane.catalogue import Catalogue
from prooflane.release.delta import Delta
from prooflane.release.effect import Proved, is_broken, verdicts
from prooflane.release.fresh import Fresh


@dataclass(frozen=True, slots=True)
class Problem:
    """Where something breaks, and how."""

    what: str
    says: str


def problems(
    fresh: Iterable[Fresh], proved: Proved, change: Delta, old: Catalogue | None, today: date
) -> tuple[Problem, ...]:
    """Return everything for which the release is refused; `old` is the catalogue before it."""
    golden = (*_broken(proved), *_failing(proved, change))
    return (*_of_fresh(fresh), *golden, *_early(change, old, today))


def _of_fresh(fresh: Iterable[Fresh]) -> Iterator[Problem]:
    for row in fresh:
        if row.failure:
            yield Problem(f"a new repository, {row.profile}", row.failure)


def _broken(proved: Proved) -> Iterator[Problem]:
    for row in proved.fleet:
        after, before = proved.after[row.key], proved.before.get(row.key)
        if is_broken(after, row):
            said = after.reason or f"conflicts in {', '.join(sorted(after.conflicts))}"
            yield Problem(row.key, said)
        elif before and before.checked.reason:
            yield Problem(row.key, f"its own checks: {before.checked.reason}")
        elif row.is_checked and after.unchecked and not after.conflicts:
            yield Problem(row.key, f"the new checks: {after.unchecked}")


def _failing(proved: Proved, change: Delta) -> Iterator[Problem]:
    added = {row.id for row in change.added}
    for key, id_, was, now in verdicts(proved):
        if now == "failed":
            says = next(row.message for row in proved.after[key].blocked if row.id == id_)
            how = "is new" if id_ in added else f"was {was}"
            yield Problem(key, f"{id_} {how}, and fails: {says}")


def _early(change: Delta, old: Catalogue | None, today: date) -> Iterator[Problem]:
    announced = {row.id: row.blocks_on for row in old.controls} if old else {}
    for row in change.changed:
        if row.starts_to_block and announced.get(row.id, "") > today.isoformat():
            yield Problem(row.id, f"was announced to block from {announced[row.id]}, not before")
