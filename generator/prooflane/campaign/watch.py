"""What became of waves that were sent, and whether a threshold says stop. Writes to the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from prooflane.campaign import gate
from prooflane.campaign.crew import Crew
from prooflane.campaign.observe import observe
from prooflane.campaign.settings import Stage
from prooflane.campaign.state import OPEN, Phase, State
from prooflane.errors import ProoflaneError
from prooflane.event import Notice
from prooflane.fleet.ledger.campaigns import Wave
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver


def seen(crew: Crew, waves: Iterable[tuple[Stage, Wave]]) -> str:
    """Look at the pull requests of `waves`, and return the first threshold that is exceeded."""
    waived = crew.book.waived(crew.today)
    for stage, wave in waves:
        if wave.state == Phase.reverted:
            continue
        rows = (put_off(crew, run, waived) for run in crew.book.runs(wave.number))
        if reason := exceeded(stage, wave, [_looked(crew, run) for run in rows]):
            return reason
    return ""


def exceeded(stage: Stage, wave: Wave, runs: Sequence[Run]) -> str:
    """Return the first threshold of `stage` that `runs` are above, or nothing.

    Who resumed the campaign accepted what had been seen of the wave until then, and no more.
    """
    accepted = wave.settings.get("accepted")
    return gate.exceeded(stage, runs, accepted if isinstance(accepted, dict) else None)


def put_off(crew: Crew, run: Run, waived: Mapping[str, Waiver]) -> Run:
    """Return `run`, written down as waived when its owner's day has not passed."""
    waiver = waived.get(run.repository)
    if waiver is None or run.state not in {*OPEN, State.published} - {State.waived}:
        return run
    why = f"not until {waiver.until}: {waiver.reason}".rstrip(": ")
    return crew.book.keep(replace(run, state=State.waived, reason=why, hint=""))


def _looked(crew: Crew, run: Run) -> Run:
    repository = crew.fleet.get(run.repository)
    if repository is None or not _wants_a_look(crew, run):
        return run
    try:
        writer = crew.forges.of(repository)
    except ProoflaneError:
        return run
    found = observe(writer, repository, run, crew.today, crew.settings.wait)
    if found.notice:
        crew.says(Notice(found.notice))
    if found.waiver:
        crew.book.keep_waiver(found.waiver)
    now = crew.book.ledger.clock()
    return crew.book.keep(replace(found.run, data={**found.run.data, "looked": now}))


def _wants_a_look(crew: Crew, run: Run) -> bool:
    if run.state == State.merged:
        return run.data.get("checks") != "green"
    since = crew.book.ledger.clock() - float(str(run.data.get("looked", 0)))
    return run.state == State.published and not 0 <= since < crew.settings.look
