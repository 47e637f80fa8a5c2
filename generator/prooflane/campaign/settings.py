"""What a platform team decided about its rollouts: waves, thresholds, freezes, pace. Values only.

`prooflane.campaign.rollout_file` reads them; what is not given has a default that is careful.
"""

from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Stage:
    """A wave as it was planned.

    It takes repositories whose key ends in one of `repositories` (with `*`), or, without such a
    list, those of its `tiers`; `share` is the part of them, in percent, that is reached with this
    wave. `conflicts`, `holds`, `red` and `failed` are the parts of the wave above which the rest is
    paused; `soak` are the seconds that the next wave waits.
    """

    name: str
    tiers: tuple[int, ...] = ()
    repositories: tuple[str, ...] = ()
    share: float = 100.0
    soak: float = 86400.0
    approval: bool = False
    conflicts: float = 0.2
    holds: float = 0.2
    red: float = 0.1
    failed: float = 0.5


@dataclass(frozen=True, slots=True)
class Freeze:
    """Days, both included, on which nothing is sent."""

    start: date
    end: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many writes one identity may send."""

    per_minute: int = 60
    per_hour: int = 450


LOW = (0, 1)
DEFAULT = (
    Stage("early", LOW, share=5),
    Stage("quarter", LOW, share=25),
    Stage("rest", LOW),
    Stage("tier 2", (2,)),
    Stage("tiers 3 and 4", (3, 4), approval=True),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a rollout is told.

    `wait` is the longest "not until", in days; `look` are the seconds for which what was seen of a
    pull request is believed.
    """

    waves: tuple[Stage, ...] = DEFAULT
    freeze: tuple[Freeze, ...] = ()
    rate: Rate = Rate()
    attempts: int = 3
    timeout: int = 30
    wait: int = 90
    look: float = 300.0


def dump(settings: Settings) -> dict[str, object]:
    """Return `settings` as `parse` reads them, without a value that JSON does not have."""
    waves = [asdict(stage) | {"soak": f"{stage.soak:.0f}s"} for stage in settings.waves]
    return {
        "waves": [{key: _plain(value) for key, value in row.items()} for row in waves],
        "freeze": [
            {"from": str(row.start), "to": str(row.end), "reason": row.reason}
            for row in settings.freeze
        ],
        "rate": asdict(settings.rate),
        "attempts": settings.attempts,
        "timeout": settings.timeout,
        "wait": settings.wait,
        "look": f"{settings.look:.0f}s",
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
