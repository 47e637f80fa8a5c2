"""Looks at the pull requests that are open: merged, closed, red, or "not until". Reads only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from prooflane.campaign.proposal import UNTIL
from prooflane.campaign.publish import STATES, path
from prooflane.campaign.state import State
from prooflane.campaign.writer import Writer
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.repository import Repository
from prooflane.forge.model import ForgeError, Note, Pull, PullState

SAID = re.compile(rf"(?im)^\W*{UNTIL}\s+(\d{{4}}-\d{{2}}-\d{{2}})\b[\s:,.-]*(.*)$")


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it is now, and what its owner asked for."""

    run: Run
    waiver: Waiver | None = None
    notice: str = ""


def observe(writer: Writer, repository: Repository, run: Run, today: date, longest: int) -> Seen:
    """Return what became of the pull request of `run`; one that cannot be seen stays as it was.

    "Not until" holds for `longest` days at most, and is said by who may write to the repository.
    """
    where = str(run.data.get("renamed") or path(repository))
    number = int(str(run.data["number"]))
    try:
        pull = writer.ask(lambda forge: forge.pull(where, number))
        run = replace(run, state=STATES[pull.state])
        if pull.state is PullState.merged:
            return Seen(_checked(writer, where, run, pull))
        notes = writer.ask(lambda forge: forge.notes(where, number, UNTIL))
        waiver, notice = _waiver(repository.key, run, notes, today, longest)
        if waiver:
            return Seen(replace(run, state=State.waived, reason=_until(waiver)), waiver, notice)
        return Seen(_checked(writer, where, run, pull), None, notice)
    except ForgeError as error:
        return Seen(run, None, f"{repository.key}: {error.message}")


def _checked(writer: Writer, where: str, run: Run, pull: Pull) -> Run:
    if not pull.head:
        return run
    checks = writer.ask(lambda forge: forge.checks(where, pull.head))
    return replace(run, data={**run.data, "checks": checks.value})


def _until(waiver: Waiver) -> str:
    why = f": {waiver.reason}" if waiver.reason else ""
    return f"{waiver.who} said not until {waiver.until}{why}"


def _waiver(
    key: str, run: Run, notes: tuple[Note, ...], today: date, longest: int
) -> tuple[Waiver | None, str]:
    said = [(note, day, why) for note in notes for day, why in _days(note)]
    heard = [row for row in said if row[0].is_member]
    if not heard:
        strangers = ", ".join(sorted({row[0].author for row in said}))
        notice = f"{key}: {strangers} may not write there, so 'not until' was not heard"
        return None, notice if said else ""
    note, day, why = heard[-1]
    until = min(day, today + timedelta(days=longest))
    if until < today:
        return None, ""
    notice = f"{key}: 'not until {day}' is too far away: until {until}" if until < day else ""
    return Waiver(key, "", str(until), why, note.author, run.pull), notice


def _days(note: Note) -> Iterator[tuple[date, str]]:
    for day, why in SAID.findall(note.text):
        try:
            yield date.fromisoformat(day), why.strip()
        except ValueError:
            continue
