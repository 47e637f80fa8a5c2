"""The loop: wave after wave, repository after repository, until something says stop.

Runs again from wherever it was, because all that it knows is in the ledger. One repository never
ends it; a threshold pauses it, and a person resumes it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from prooflane.campaign import begin, gate, publish, settings
from prooflane.campaign.begin import Wanted
from prooflane.campaign.book import Book
from prooflane.campaign.forges import Forges
from prooflane.campaign.gate import Waits
from prooflane.campaign.observe import observe
from prooflane.campaign.publish import Errand
from prooflane.campaign.result import Rolled
from prooflane.campaign.settings import Settings, Stage
from prooflane.campaign.state import OPEN, Phase, Standing, State
from prooflane.campaign.sync import errand, opened
from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice, Step
from prooflane.event import Phase as Progress
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.exclusive import exclusive
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.progress import pace
from prooflane.fleet.repository import Repository

Says = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Crew:
    """What one invocation works with."""

    book: Book
    settings: Settings
    forges: Forges
    fleet: dict[str, Repository]
    says: Says


def roll(ledger: Ledger, wanted: Wanted, says: Says) -> Rolled:
    """Take the campaign as far as it may go now, and return where it stands.

    Raises:
        ProoflaneError: when it cannot begin, is paused, or another run is under way.
    """
    started = time.monotonic()
    with exclusive(ledger):
        campaign = begin.begun(ledger, wanted)
        crew = hired(ledger, campaign, says)
        if behind := crew.book.went_back():
            says(Notice(behind))
        _refuse_stopped(campaign)
        _announce(crew)
        stopped = _rolled(crew, campaign, wanted.template)
        return replace(told(crew.book, stopped), seconds=time.monotonic() - started)


def hired(ledger: Ledger, campaign: Campaign, says: Says) -> Crew:
    """Return what works on `campaign`."""
    book = Book(ledger, campaign.id)
    told = settings.parse(campaign.settings, "the settings in the ledger")
    return Crew(book, told, Forges(ledger, told, says), dict(book.repositories()), says)


def told(book: Book, stopped: Waits | None = None) -> Rolled:
    """Return where the campaign of `book` stands."""
    runs = book.runs()
    taking = {run.repository for run in runs}
    known = book.repositories().values()
    left = tuple(row.key for row in known if row.is_active and row.key not in taking)
    waits, hint = (stopped.reason, stopped.hint) if stopped else ("", "")
    return Rolled(book.campaign(), book.waves(), runs, waits, hint, left)


def _refuse_stopped(campaign: Campaign) -> None:
    if campaign.state == Standing.paused:
        raise ProoflaneError(
            f"the campaign {campaign.id!r} is paused: {campaign.reason}", "prooflane fleet resume"
        )
    if campaign.state == Standing.superseded:
        raise ProoflaneError(
            f"the campaign {campaign.id!r} was superseded {campaign.reason}",
            "prooflane fleet sync goes on with the newest",
        )


def _announce(crew: Crew) -> None:
    number = sum(run.state in OPEN for run in crew.book.runs())
    rate = crew.settings.rate
    if number > rate.per_minute:
        hours = max(number / rate.per_hour, number / rate.per_minute / 60)
        says = f"{number} pull requests, {rate.per_hour} an hour for each identity: "
        crew.says(Notice(f"{says}at least {gate.span(hours * 3600)} in all"))


def _rolled(crew: Crew, campaign: Campaign, template: str | None) -> Waits | None:
    if stopped := gate.frozen(crew.settings.freeze, _today(crew)):
        return stopped
    before: list[tuple[Stage, Wave]] = []
    desk = opened(campaign, template)
    for stage, wave in zip(crew.settings.waves, crew.book.waves(), strict=True):
        if stopped := _held(crew, stage, wave, before):
            return stopped
        work = errand(desk, campaign, wave, crew.book.keep)
        now, stopped = _sent(crew, stage, wave, work)
        if stopped:
            return stopped
        before.append((stage, now))
    return _finished(crew, before)


def _held(crew: Crew, stage: Stage, wave: Wave, before: list[tuple[Stage, Wave]]) -> Waits | None:
    if wave.state not in {Phase.waiting, Phase.approved}:
        return None
    if reason := _seen(crew, before):
        return _paused(crew, reason)
    return gate.waits(stage, wave, before, crew.book.ledger.clock())


def _sent(crew: Crew, stage: Stage, wave: Wave, work: Errand) -> tuple[Wave, Waits | None]:
    book = crew.book
    if wave.state == Phase.reverted:
        return wave, None
    if wave.state in {Phase.waiting, Phase.approved}:
        begun = replace(wave, state=Phase.running, started=book.ledger.clock())
        wave = book.keep_wave(begun, "begins")
    if stopped := _each(crew, stage, wave, work):
        return wave, stopped
    if wave.state == Phase.running:
        ended = replace(wave, state=Phase.soaking, finished=book.ledger.clock())
        wave = book.keep_wave(ended, "is sent")
    return wave, None


def _each(crew: Crew, stage: Stage, wave: Wave, work: Errand) -> Waits | None:
    runs = {run.repository: run for run in crew.book.runs(wave.number)}
    left = [run for run in runs.values() if run.state in OPEN]
    name, started = f"wave {wave.name!r}", time.monotonic()
    for number, run in enumerate(left):
        if (campaign := crew.book.campaign()).state == Standing.paused:
            return _told(campaign.reason)
        seconds = time.monotonic() - started
        crew.says(Step(name, Progress.running, seconds, pace(number, len(left), seconds)))
        runs[run.repository] = _one(crew, work, run)
        if reason := _exceeded(stage, wave, list(runs.values())):
            return _paused(crew, reason)
    if left:
        crew.says(Step(name, Progress.done, time.monotonic() - started))
    return None


def _exceeded(stage: Stage, wave: Wave, runs: list[Run]) -> str:
    # who resumes a campaign accepts what was seen of the waves until then
    return "" if wave.settings.get("accepted") else gate.exceeded(stage, runs)


def _one(crew: Crew, work: Errand, run: Run) -> Run:
    repository = crew.fleet.get(run.repository) or Repository(run.repository)
    waived = crew.book.waived(_today(crew))
    if run.repository in waived:
        return _put_off(crew, run, waived)
    try:
        writer = crew.forges.of(repository)
    except ProoflaneError as error:
        return crew.book.keep(
            replace(run, state=State.unreachable, reason=error.message, hint=error.hint)
        )
    done = publish.propose(writer, work, repository, run)
    if done.reason or done.data.get("renamed"):
        crew.says(Notice(_line(done)))
    return done


def _put_off(crew: Crew, run: Run, waived: Mapping[str, Waiver]) -> Run:
    waiver = waived.get(run.repository)
    if waiver is None or run.state not in {*OPEN, State.published} - {State.waived}:
        return run
    why = f"not until {waiver.until}: {waiver.reason}".rstrip(": ")
    return crew.book.keep(replace(run, state=State.waived, reason=why, hint=""))


def _line(run: Run) -> str:
    renamed = f" (renamed to {run.data['renamed']})" if run.data.get("renamed") else ""
    what = run.reason or run.pull
    return ": ".join(filter(None, (f"{run.repository}{renamed}", run.state, what)))


def _seen(crew: Crew, waves: list[tuple[Stage, Wave]]) -> str:
    """Look at the pull requests of `waves`, and return the first threshold that is exceeded."""
    waived = crew.book.waived(_today(crew))
    for stage, wave in waves:
        if wave.state == Phase.reverted:
            continue
        rows = (_put_off(crew, run, waived) for run in crew.book.runs(wave.number))
        runs = [_looked(crew, run) for run in rows]
        if reason := _exceeded(stage, wave, runs):
            return reason
    return ""


def _looked(crew: Crew, run: Run) -> Run:
    now = crew.book.ledger.clock()
    is_fresh = 0 <= now - float(str(run.data.get("looked", 0))) < crew.settings.look
    repository = crew.fleet.get(run.repository)
    if run.state not in {State.published, State.merged} or is_fresh or repository is None:
        return run
    if run.state == State.merged and run.data.get("checks") == "green":
        return run
    try:
        writer = crew.forges.of(repository)
    except ProoflaneError:
        return run
    seen = observe(writer, repository, run, _today(crew), crew.settings.wait)
    if seen.notice:
        crew.says(Notice(seen.notice))
    if seen.waiver:
        crew.book.keep_waiver(seen.waiver)
    return crew.book.keep(replace(seen.run, data={**seen.run.data, "looked": now}))


def _paused(crew: Crew, reason: str) -> Waits:
    crew.book.keep_campaign(Standing.paused, reason)
    return _told(reason)


def _told(reason: str) -> Waits:
    return Waits(f"paused: {reason}", "look at it, then: prooflane fleet resume, or fleet revert")


def _finished(crew: Crew, waves: list[tuple[Stage, Wave]]) -> Waits | None:
    if reason := _seen(crew, waves):
        return _paused(crew, reason)
    now = crew.book.ledger.clock()
    for stage, wave in waves:
        if wave.state == Phase.soaking:
            if (left := wave.finished + stage.soak - now) > 0:
                said = f"wave {stage.name!r} soaks for another {gate.span(left)}"
                return Waits(said, "the same command goes on then")
            crew.book.keep_wave(replace(wave, state=Phase.done), "is through")
    if not any(run.state in OPEN for run in crew.book.runs()):
        crew.book.keep_campaign(Standing.done, "")
    return None


def _today(crew: Crew) -> date:
    return gate.day(crew.book.ledger.clock())
