"""Whether a wave may begin, and whether what is seen of it stops the rest. Pure.

Fails closed: what is unknown waits.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from prooflane.campaign.settings import Freeze, Rate, Stage
from prooflane.campaign.state import Phase, State
from prooflane.fleet.ledger.campaigns import Wave
from prooflane.fleet.ledger.runs import Run

MANY = 5000
OVER = frozenset({Phase.done, Phase.reverted})


@dataclass(frozen=True, slots=True)
class Waits:
    """Why nothing is sent now; nothing is wrong."""

    reason: str
    hint: str = ""


def waits(
    stage: Stage, wave: Wave, before: Sequence[tuple[Stage, Wave]], now: float
) -> Waits | None:
    """Return why `wave` has to wait, or None; `before` are the waves that come first."""
    for earlier, done in before:
        if done.state == Phase.soaking and (left := done.finished + earlier.soak - now) > 0:
            said = f"wave {earlier.name!r} soaks for another {span(left)}"
            return Waits(said, "the same command goes on then")
        if done.state not in OVER and done.state != Phase.soaking:
            return Waits(f"wave {earlier.name!r} is not through yet")
    if stage.approval and wave.state == Phase.waiting:
        hint = f"prooflane fleet resume --approve {stage.name!r}"
        return Waits(f"wave {stage.name!r} needs somebody's approval", hint)
    return None


def frozen(freezes: Iterable[Freeze], today: date) -> Waits | None:
    """Return why nothing is sent `today`, or None."""
    for freeze in freezes:
        if freeze.start <= today <= freeze.end:
            why = f": {freeze.reason}" if freeze.reason else ""
            return Waits(f"nothing is sent until {freeze.end} has passed{why}")
    return None


def exceeded(stage: Stage, runs: Sequence[Run]) -> str:
    """Return the sentence of the first threshold that a wave of these `runs` is above, or nothing.

    Parts are of the whole wave, so that a wave is stopped as soon as it cannot become better. A
    repository whose owner said "not until" counts for nothing.
    """
    counted = [run for run in runs if run.state != State.waived]
    for name, limit, counts in THRESHOLDS:
        number = sum(counts(run) for run in counted)
        allowed = limit(stage)
        if counted and number / len(counted) > allowed:
            return (
                f"wave {stage.name!r}: {number} of {len(counted)} repositories {name}, "
                f"more than {allowed:.0%}"
            )
    return ""


def forecast(number: int, rate: Rate) -> str:
    """Return how long `number` pull requests take at `rate`; nothing when it is a minute or less.

    Above `MANY`, what a forge takes of one identity is what a rollout waits for.
    """
    if number <= rate.per_minute:
        return ""
    seconds = max(number / rate.per_hour, number / rate.per_minute / 60) * 3600
    pace = f"{rate.per_hour} an hour for each identity"
    said = f"{number} pull requests, {pace}: at least {span(seconds)} in all"
    return f"{said}; pull mode: as many as a wave has, 1 wave a day" if number > MANY else said


def span(seconds: float) -> str:
    """Return a time as a person says it."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"


def day(now: float) -> date:
    """Return the day of `now`, in UTC, which is the same on each machine of a team."""
    return datetime.fromtimestamp(now, UTC).date()


def _count(key: str) -> Callable[[Run], bool]:
    return lambda run: bool(run.data.get(key))


def _is_red(run: Run) -> bool:
    return run.data.get("checks") == "red"


def _is_failed(run: Run) -> bool:
    # a forge that is away says nothing about the version
    return run.state == State.failed


THRESHOLDS: tuple[tuple[str, Callable[[Stage], float], Callable[[Run], bool]], ...] = (
    ("have conflicts", lambda stage: stage.conflicts, _count("conflicts")),
    ("hold a control back", lambda stage: stage.holds, _count("holds")),
    ("have red checks", lambda stage: stage.red, _is_red),
    ("failed", lambda stage: stage.failed, _is_failed),
)
