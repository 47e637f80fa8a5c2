"""The loop: wave after wave, repository after repository, until something says stop.

Runs again from wherever it was, because all that it knows is in the ledger. One repository never
ends it; a threshold pauses it, and a person resumes it.
"""

import time
from dataclasses import replace

from prooflane.campaign import begin, gate, pace, publish, watch
from prooflane.campaign.begin import Wanted
from prooflane.campaign.book import Book
from prooflane.campaign.crew import Crew, Says, hired
from prooflane.campaign.gate import Waits
from prooflane.campaign.publish import Errand
from prooflane.campaign.result import Rolled
from prooflane.campaign.settings import Stage
from prooflane.campaign.state import OPEN, PROPOSED, Phase, Standing, State
from prooflane.campaign.sync import errand, opened
from prooflane.errors import ProoflaneError
from prooflane.event import Notice, Step
from prooflane.event import Phase as Progress
from prooflane.fleet import progress
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.exclusive import exclusive
from prooflane.fleet.ledger.runs import Run
from prooflane.forge.model import PullState


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
            _soak_anew(crew.book)
        _refuse_stopped(campaign)
        _announce(crew)
        stopped = _rolled(crew, campaign, wanted.template)
        return replace(told(crew.book, stopped), seconds=time.monotonic() - started)


def _soak_anew(book: Book) -> None:
    # else a campaign that a wrong clock wrote to would wait for that clock's day
    now = book.ledger.clock()
    for wave in book.waves():
        if wave.state == Phase.soaking and wave.finished > now:
            book.keep_wave(replace(wave, finished=now), "soaks anew: the clock went back")


def told(book: Book, stopped: Waits | None = None) -> Rolled:
    """Return where the campaign of `book` stands."""
    runs = book.runs()
    taking = {run.repository for run in Book(book.ledger, book.id).runs()}
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
    if said := pace.forecast(number, crew.settings.rate):
        crew.says(Notice(said))


def _rolled(crew: Crew, campaign: Campaign, template: str | None) -> Waits | None:
    if stopped := _frozen(crew):
        return stopped
    for run in crew.book.runs():
        _close_older(crew, run)  # a run that was killed may have left it
    before: list[tuple[Stage, Wave]] = []
    desk = opened(campaign, template)
    for stage, wave in zip(crew.settings.waves, crew.book.waves(), strict=True):
        if stopped := _held(crew, stage, wave, before):
            return stopped
        before = [(earlier, _through(crew, earlier, done)) for earlier, done in before]
        work = errand(desk, campaign, wave, crew.book.keep)
        now, stopped = _sent(crew, stage, wave, work)
        if stopped:
            return stopped
        before.append((stage, now))
    return _finished(crew, before)


def _held(crew: Crew, stage: Stage, wave: Wave, before: list[tuple[Stage, Wave]]) -> Waits | None:
    if wave.state not in {Phase.waiting, Phase.approved}:
        return None
    if reason := watch.seen(crew, before):
        return _paused(crew, reason)
    return gate.waits(stage, wave, before, crew.book.ledger.clock())


def _frozen(crew: Crew) -> Waits | None:
    return gate.frozen(crew.settings.freeze, crew.today)


def _through(crew: Crew, stage: Stage, wave: Wave) -> Wave:
    is_over = gate.soaks(stage, wave, crew.book.ledger.clock()) <= 0
    if wave.state != Phase.soaking or not is_over:
        return wave
    return crew.book.keep_wave(replace(wave, state=Phase.done), "is through")


def _sent(crew: Crew, stage: Stage, wave: Wave, work: Errand) -> tuple[Wave, Waits | None]:
    book = crew.book
    if wave.state == Phase.reverted:
        return wave, None
    if wave.state in {Phase.waiting, Phase.approved}:
        begun = replace(wave, state=Phase.running, started=book.ledger.clock())
        wave = book.keep_wave(begun, "begins")
    if stopped := _each(crew, stage, wave, work):
        return wave, stopped
    if stopped := gate.unreached(stage, book.runs(wave.number)):
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
        if stopped := _frozen(crew):
            return stopped  # a long wave may reach the first day of one
        seconds = time.monotonic() - started
        crew.says(Step(name, Progress.running, seconds, progress.pace(number, len(left), seconds)))
        runs[run.repository] = _one(crew, work, run)
        if reason := watch.exceeded(stage, wave, list(runs.values())):
            return _paused(crew, reason)
    if left:
        crew.says(Step(name, Progress.done, time.monotonic() - started))
    return None


def _one(crew: Crew, work: Errand, run: Run) -> Run:
    repository = crew.repository(run.repository)
    waived = crew.book.waived(crew.today)
    if run.repository in waived:
        return watch.put_off(crew, run, waived)
    try:
        writer = crew.forges.of(repository)
    except ProoflaneError as error:
        return crew.book.keep(
            replace(run, state=State.unreachable, reason=error.message, hint=error.hint)
        )
    done = publish.propose(writer, work, repository, run)
    _close_older(crew, done)
    if done.reason or done.data.get("renamed"):
        crew.says(Notice(_line(done)))
    return done


def _close_older(crew: Crew, done: Run) -> None:
    # an owner has one pull request of ours, the newest
    if done.state not in PROPOSED or done.repository not in crew.older:
        return
    book, run = crew.older[done.repository]
    repository = crew.repository(run.repository)
    where = str(run.data.get("renamed") or publish.path(repository))
    number, why = int(str(run.data["number"])), f"superseded by {crew.book.id}"
    try:
        writer = crew.forges.of(repository)
        if writer.ask(lambda forge: forge.pull(where, number)).state is PullState.open:
            writer.change(lambda forge: forge.close(where, number, f"Closed: {why}."))
    except ProoflaneError as error:
        crew.says(Notice(f"{run.pull} stays open: {error.message}"))
        return
    book.keep(replace(run, state=State.declined, reason=why))


def _line(run: Run) -> str:
    renamed = f" (renamed to {run.data['renamed']})" if run.data.get("renamed") else ""
    what = run.reason or run.pull
    return ": ".join(filter(None, (f"{run.repository}{renamed}", run.state, what)))


def _paused(crew: Crew, reason: str) -> Waits:
    crew.book.keep_campaign(Standing.paused, reason)
    return _told(reason)


def _told(reason: str) -> Waits:
    return Waits(f"paused: {reason}", "look at it, then: prooflane fleet resume, or fleet revert")


def _finished(crew: Crew, waves: list[tuple[Stage, Wave]]) -> Waits | None:
    if reason := watch.seen(crew, waves):
        return _paused(crew, reason)
    for stage, wave in waves:
        if _through(crew, stage, wave).state == Phase.soaking:
            return gate.soaking(stage, wave, crew.book.ledger.clock())
    if any(run.state in OPEN for run in crew.book.runs()):
        return None
    for wave in crew.book.waves():
        if stopped := gate.unsettled(wave, crew.book.runs(wave.number)):
            _stands(crew, Standing.running, stopped.reason)
            return stopped
    _stands(crew, Standing.done, "")
    return None


def _stands(crew: Crew, state: Standing, reason: str) -> None:
    now = crew.book.campaign()
    if (now.state, now.reason) != (state, reason):
        crew.book.keep_campaign(state, reason)
