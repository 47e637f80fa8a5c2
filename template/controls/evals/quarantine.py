"""Cases that do not count for a while, each with an owner and a day on which it counts again.

A list in the set's `set.yaml`, so it is reviewed and recorded like the cases. A quarantined case
still runs and is shown; it is in neither side of the pass rate. Nothing that must never break can
be put here, and not so much that the gate is empty. What a verdict is, is decided in `verdict.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from controls.errors import ControlsError

if TYPE_CHECKING:
    from controls.evals.cases import EvalSet

DAYS = 30
SHARE = 0.1
_PERSON = re.compile(r"@\S+|[^@\s]+@[^@\s]+\.[^@\s]+")
_KEYS = ("case", "owner", "expires", "reason")


@dataclass(frozen=True, slots=True)
class Entry:
    """One quarantined case; `owner` is the person who will have repaired it by `expires`."""

    case: str
    owner: str
    expires: date
    reason: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The entries that hold today, and those that are over: their cases count again."""

    held: tuple[Entry, ...] = ()
    expired: tuple[Entry, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The cases that do not count today."""
        return frozenset(entry.case for entry in self.held)


def entry(row: Mapping[str, object], at: str) -> Entry:
    """Return the entry that `row` of a set's head says; `at` is its place, for messages.

    Raises:
        ControlsError: when a key is missing or unknown, nobody is named, or the day is none.
    """
    if row.keys() != set(_KEYS):
        raise ControlsError(
            f"{at}: a quarantined case has {', '.join(sorted(row)) or 'nothing'}",
            f"it needs {', '.join(_KEYS)}",
        )
    case, owner, reason = (str(row[key]).strip() for key in ("case", "owner", "reason"))
    expires = _day(row["expires"], at)
    if not _PERSON.fullmatch(owner):
        raise ControlsError(f"{at}: owner is {owner!r}, expected one person", 'such as "@ada"')
    if not reason or row["reason"] is None:
        raise ControlsError(f"{at}: the quarantine of {case!r} has no reason")
    return Entry(case, owner, expires, reason)


def _day(value: object, at: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ControlsError(
            f"{at}: expires is {value!r}, expected a day such as 2026-12-24"
        ) from error


def of(evals: "EvalSet", today: date) -> Quarantine:
    """Return which cases of the set do not count today, and which count again.

    Raises:
        ControlsError: when an entry names no case or a critical one, lasts too long, or they are
            too many: a gate from which everything can be taken out is none.
    """
    at, entries = f"{evals.path}/set.yaml", evals.quarantine
    cases = {case.id: case.critical for case in evals.cases}
    for each in entries:
        if each.case not in cases:
            raise ControlsError(f"{at}: quarantines {each.case!r}, which is no case of the set")
        if cases[each.case]:
            raise ControlsError(
                f"{at}: quarantines {each.case!r}, which is critical",
                "what must never break cannot be left out: repair it",
            )
        if each.expires > today + timedelta(days=DAYS):
            raise ControlsError(
                f"{at}: the quarantine of {each.case!r} ends {each.expires}, more than"
                f" {DAYS} days from now",
                f"at the latest {today + timedelta(days=DAYS)}",
            )
    held = tuple(each for each in entries if each.expires >= today)
    if len(held) > max(1, int(SHARE * len(cases))):
        raise ControlsError(
            f"{at}: quarantines {len(held)} of {len(cases)} cases",
            f"at most {SHARE:.0%} of a set, or one case, may be left out",
        )
    return Quarantine(held, tuple(each for each in entries if each.expires < today))
