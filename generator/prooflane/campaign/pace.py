"""How fast one identity may write, and how long a rollout takes for that. Pure."""

from prooflane.campaign.settings import Rate
from prooflane.campaign.span import span
from prooflane.fleet.ledger.buckets import Limit

MANY = 5000


def limits(identity: str, rate: Rate) -> tuple[Limit, ...]:
    """Return `rate` as buckets that never let more reach a forge in any minute, or any hour."""
    minute = _limit(identity, "minute", rate.per_minute, 60)
    return minute, _limit(identity, "hour", rate.per_hour, 3600)


def _limit(identity: str, name: str, number: int, seconds: int) -> Limit:
    # what a full bucket gives at once, what flows in meanwhile, and one that was on its way when
    # the time began to count, are together the number
    at_once = max(1, number // 10)
    return Limit(identity, name, at_once, max(number - at_once - 1, 0.5) / seconds)


def forecast(number: int, rate: Rate) -> str:
    """Return how long `number` pull requests take at `rate`; nothing when it is a minute or less.

    Above `MANY`, what a forge takes of one identity is what a rollout waits for.
    """
    if number <= rate.per_minute:
        return ""
    seconds = max((number - limit.capacity) / limit.rate for limit in limits("", rate))
    pace = f"at most {rate.per_hour:,} an hour for each identity"
    said = f"{number:,} pull requests, {pace}: at least {span(seconds)} in all"
    return f"{said}; pull mode: as many as a wave has, 1 wave a day" if number > MANY else said
