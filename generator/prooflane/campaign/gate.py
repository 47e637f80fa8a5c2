"""Whether a wave may begin, and whether what is seen of it stops the rest. Pure.

Fails closed: what is unknown waits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from prooflane.campaign.settings import Freeze, Stage
from prooflane.campaign.span import span
from prooflane.campaign.state import Phase, State
from prooflane.fleet.ledger.campaigns import Wave
from prooflane.fleet.ledger.runs import Run

OVER = frozenset({Phase.done, Phase.reverted})
RED, GO_ON = "have red checks", "have checks that go on"


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
        if done.state == Phase.soaking and soaks(earlier, done, now) > 0:
            return soaking(earlier, done, now)
        if done.state not in OVER and done.state != Phase.soaking:
            return Waits(f"wave {earlier.name!r} is not through yet")
    if stage.approval and wave.state == Phase.waiting:
        hint = f"prooflane fleet resume --approve {stage.name!r}"
        return Waits(f"wave {stage.name!r} needs somebody's approval", hint)
    return None


def soaks(stage: Stage, wave: Wave, now: float) -> float:
    """Return the seconds that a wave which was sent still has to soak."""
    return wave.finished + stage.soak - now


def soaking(stage: Stage, wave: Wave, now: float) -> Waits:
    """Return that others wait for the soak of `wave`."""
    said = f"wave {stage.name!r} soaks for another {span(soaks(stage, wave, now))}"
    return Waits(said, "the same command goes on then")


def unreached(stage: Stage, runs: Sequence[Run]) -> Waits | None:
    """Return why a wave was not sent of which nobody could be reached, or None.

    Else the next one would begin, and nobody would have seen this one.
    """
    counted = [run for run in runs if run.state != State.waived]
    if not counted or any(run.state != State.unreachable for run in counted):
        return None
    said = f"nobody in wave {stage.name!r} could be reached: {counted[0].reason}"
    return Waits(said, counted[0].hint or "the same command tries it again")


def frozen(freezes: Iterable[Freeze], today: date) -> Waits | None:
    """Return why nothing is sent `today`, or None."""
    for freeze in freezes:
        if freeze.start <= today <= freeze.end:
            why = f": {freeze.reason}" if freeze.reason else ""
            return Waits(f"nothing is sent until {freeze.end} has passed{why}")
    return None


def exceeded(stage: Stage, runs: Sequence[Run], accepted: Mapping[str, int] | None = None) -> str:
    """Return the sentence of the first threshold that a wave of these `runs` is above, or nothing.

    Parts are of the whole wave, so that a wave is stopped as soon as it cannot become better. A
    repository whose owner said "not until" counts for nothing, and what somebody `accepted` is not
    counted again.
    """
    counted = [run for run in runs if run.state != State.waived]
    for name, limit, _ in THRESHOLDS:
        number, known = seen(runs)[name], (accepted or {}).get(name, 0)
        allowed = limit(stage)
        if counted and (number - known) / len(counted) > allowed:
            but = f", {known} of them accepted" if known else ""
            return (
                f"wave {stage.name!r}: {number} of {len(counted)} repositories {name}{but}, "
                f"more than {allowed:.0%}"
            )
    return ""


def seen(runs: Iterable[Run]) -> dict[str, int]:
    """Return how many of `runs` count for each threshold, and for the end of the campaign."""
    counted = [run for run in runs if run.state != State.waived]
    found = {name: sum(counts(run) for run in counted) for name, _, counts in THRESHOLDS}
    return found | {GO_ON: len(_checked(counted, "pending"))}


def red(wave: Wave, runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return the proposals of `wave` with red checks, unless somebody accepted as many."""
    return _unaccepted(wave, _checked(runs, "red"), RED)


def unsettled(wave: Wave, runs: Sequence[Run]) -> Waits | None:
    """Return what keeps a wave that was sent from being called done, or None.

    A threshold says when others must not follow; nobody follows the last wave, so here one counts.
    """
    if wave.state == Phase.reverted:
        return None
    if found := red(wave, runs):
        hint = "mend or close it, or accept it: prooflane fleet resume"
        return Waits(f"wave {wave.name!r} has red checks: {_named(found)}", hint)
    if found := _unaccepted(wave, _checked(runs, "pending"), GO_ON):
        said = f"wave {wave.name!r} has checks that go on: {_named(found)}"
        return Waits(said, "the same command looks again")
    return None


def day(now: float) -> date:
    """Return the day of `now`, in UTC, which is the same on each machine of a team."""
    return datetime.fromtimestamp(now, UTC).date()


def _checked(runs: Iterable[Run], said: str) -> tuple[Run, ...]:
    there = (run for run in runs if run.state in {State.published, State.merged})
    return tuple(run for run in there if run.data.get("checks") == said)


def _unaccepted(wave: Wave, found: tuple[Run, ...], name: str) -> tuple[Run, ...]:
    accepted = wave.settings.get("accepted")
    known = accepted.get(name, 0) if isinstance(accepted, dict) else 0
    return found if len(found) > known else ()


def _named(found: tuple[Run, ...]) -> str:
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0].repository}{more}"


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
    (RED, lambda stage: stage.red, _is_red),
    ("failed", lambda stage: stage.failed, _is_failed),
)
