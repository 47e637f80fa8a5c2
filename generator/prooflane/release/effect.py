"""Which version a release must at least have, by what it does to golden repositories. Pure.

Patch: no control changes its verdict anywhere. Minor: a control is new or stricter, and warns; or a
question is new. Major: a control turns `block`, a file moves or goes, an answer or a choice is
removed, or a golden repository conflicts. What breaks a golden repository has no version: it is a
problem, and is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prooflane.fleet.planned import Planned, Verdict
from prooflane.release.delta import BLOCK, Delta
from prooflane.release.edits import PLAIN
from prooflane.release.golden import Golden
from prooflane.release.level import Level
from prooflane.release.replays import Replays
from prooflane.release.standing import Standing


@dataclass(frozen=True, slots=True)
class Reason:
    """One effect, and the least version that tells of it."""

    level: Level
    text: str


# there is nothing to compare with
FIRST = (Reason(Level.major, "it is the first release"),)


@dataclass(frozen=True, slots=True)
class Proved:
    """The golden fleet before and after the release."""

    fleet: tuple[Golden, ...]
    before: Mapping[str, Standing]
    after: Mapping[str, Planned]


def reasons(change: Delta, replays: Replays, proved: Proved) -> tuple[Reason, ...]:
    """Return each effect once, the gravest first."""
    found = [*_controls(change), *_files(replays), *_questions(replays), *_golden(proved)]
    return tuple(dict.fromkeys(sorted(found, key=lambda row: -row.level)))


def level(found: Iterable[Reason]) -> Level:
    """Return the least level that tells of all effects."""
    return max((row.level for row in found), default=Level.patch)


def verdicts(proved: Proved) -> Iterator[tuple[str, str, str, str]]:
    """Give golden repository, control, and its verdict before and after, where the two differ."""
    for golden in proved.fleet:
        was, now = proved.before.get(golden.key), proved.after[golden.key]
        if was is None or was.checked.reason or now.unchecked or now.conflicts or not now.files:
            continue
        after = dict.fromkeys(now.pending, "pending") | {row.id: "failed" for row in now.blocked}
        for id_ in sorted(was.states.keys() | after.keys()):
            pair = was.states.get(id_, "ok"), after.get(id_, "ok")
            if pair[0] != pair[1]:
                yield golden.key, id_, *pair


def _controls(change: Delta) -> Iterator[Reason]:
    for row in change.rows:
        if row in change.retired:
            yield Reason(Level.minor, f"{row.id} is retired")
        elif row.starts_to_block:
            where = (
                f"blocks at tier {_listed(row.joins)} too" if row.was == BLOCK else "turns block"
            )
            yield Reason(Level.major, f"{row.id} {where}")
        elif row in change.added or row.mode != row.was:
            how = "only warns now" if row.was else "is new, and warns"
            yield Reason(Level.minor, f"{row.id} {how}")
        elif "tiers " in row.how:
            yield Reason(Level.minor, f"{row.id} applies to other tiers")


def _files(replays: Replays) -> Iterator[Reason]:
    for path, to in sorted(replays.gone.items()):
        yield Reason(Level.major, f"{path} moves to {to}" if to else f"{path} goes")


def _questions(replays: Replays) -> Iterator[Reason]:
    for name in replays.removed:
        yield Reason(Level.major, f"answer {name} is removed")
    for name in replays.asked:
        yield Reason(Level.minor, f"question {name} is new")


def _golden(proved: Proved) -> Iterator[Reason]:
    for path in sorted({path for row in proved.after.values() for path in row.conflicts}):
        yield Reason(Level.major, f"{path} conflicts in golden repositories")
    for id_ in sorted({row[1] for row in verdicts(proved) if row[3] != "failed"}):
        yield Reason(Level.minor, f"{id_} changes its verdict on golden repositories")


def _listed(tiers: Iterable[int]) -> str:
    return ", ".join(map(str, tiers))


def is_broken(row: Planned, golden: Golden) -> bool:
    """Say whether the release breaks a golden repository: a plain one may not even conflict."""
    broken = {Verdict.failed, Verdict.foreign}
    return row.verdict in broken or (golden.edit == PLAIN and bool(row.conflicts))
