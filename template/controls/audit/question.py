"""What is asked of the traces: about which class of data, in which time, of which model."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controls.errors import ControlsError

_EVER = 2**63 - 1  # of what a column of the traces can hold
_BACK = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Question:
    """Which class, between which moments (nanoseconds since 1970), by which model if asked."""

    classification: str
    since: int
    until: int
    model: str | None

    @property
    def first_day(self) -> str:
        """The day (UTC) that the time begins on."""
        return f"{datetime.fromtimestamp(self.since / 1e9, UTC):%Y-%m-%d}"


def asked(classification: str, since: str, until: str | None, model: str | None) -> Question:
    """Return the question that people ask in these words.

    Raises:
        ControlsError: when the words name no time.
    """
    now = datetime.now(UTC)
    end = _moment(until, now) if until else now
    begin = _moment(since, end)
    if begin >= end:
        raise ControlsError(f"from {since!r} to {until or 'now'!r} is no time at all")
    return Question(classification, _nano(begin), _nano(end), model)


def _moment(text: str, end: datetime) -> datetime:
    """Return the moment that `text` names: so long before `end`, or a date or time (UTC)."""
    try:
        if match := _BACK.fullmatch(text):
            return end - timedelta(**{_UNITS[match[2]]: int(match[1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ControlsError(
            f"{text!r} is no moment", "7d, 12h, 4w, 2026-11-01 or 2026-11-01T08:00"
        ) from error
    return found.replace(tzinfo=found.tzinfo or UTC)


def _nano(moment: datetime) -> int:
    return max(-_EVER, min(int(moment.timestamp() * 1_000_000) * 1_000, _EVER))
