"""Reads the ISO 8601 durations of the manifest as a distance between days.

Rounded towards keeping: a part of a day counts as a whole one.
"""

import calendar
import re
from datetime import date, timedelta

from controls.errors import ControlsError

_PARTS = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(T.+)?")


def before(today: date, duration: str) -> date:
    """Return the first day that is still kept today, when `duration` is the time to keep.

    One that reaches back before the calendar begins keeps everything.

    Raises:
        ControlsError: when `duration` is not one.
    """
    match = _PARTS.fullmatch(duration)
    if match is None or duration == "P":
        raise ControlsError(f"{duration!r} is no duration", "write P180D for 180 days")
    years, months, weeks, days = (int(part or 0) for part in match.groups()[:4])
    try:
        back = _months_before(today, 12 * years + months)
        return back - timedelta(days=7 * weeks + days + bool(match[5]))
    except (ValueError, OverflowError):
        return date.min


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))
