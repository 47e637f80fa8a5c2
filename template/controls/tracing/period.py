"""Reads the ISO 8601 durations of the manifest as a distance between days, or between moments.

Between days it is rounded towards keeping: a part of a day counts as a whole one.
"""

import calendar
import re
from datetime import UTC, date, datetime, timedelta

from controls.errors import ControlsError

_PARTS = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(T.+)?")
_TIME = re.compile(r"T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def before(today: date, duration: str) -> date:
    """Return the first day that is still kept today, when `duration` is the time to keep.

    One that reaches back before the calendar begins keeps everything.

    Raises:
        ControlsError: when `duration` is not one.
    """
    months, days, time = _parts(duration)
    try:
        return _months_before(today, months) - timedelta(days=days + bool(time))
    except (ValueError, OverflowError):
        return date.min


def after(moment: datetime, duration: str) -> datetime:
    """Return the moment `duration` after `moment`; one past the calendar's end is its end.

    Raises:
        ControlsError: when `duration` is not one.
    """
    months, days, time = _parts(duration)
    match = _TIME.fullmatch(time or "T")
    if match is None or time == "T":
        raise ControlsError(f"{duration!r} is no duration", "write PT4H for 4 hours")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    rest = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        day = _months_before(moment.date(), -months)
        return datetime.combine(day, moment.timetz()) + rest
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)


def _parts(duration: str) -> tuple[int, int, str | None]:
    """Return the months, the days and the part from T on."""
    match = _PARTS.fullmatch(duration)
    if match is None or duration == "P":
        raise ControlsError(f"{duration!r} is no duration", "write P180D for 180 days")
    years, months, weeks, days = (int(part or 0) for part in match.groups()[:4])
    return 12 * years + months, 7 * weeks + days, match[5]


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))
