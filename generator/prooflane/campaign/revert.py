"""Takes a wave back: what is open is closed, what was merged gets a pull request that undoes it.

The undoing is the sync core's own merge: from the synced tree to the tree before it, on top of what
the branch holds now. What somebody changed since stays, and is named.
"""

from dataclasses import dataclass, replace
from functools import partial

from prooflane.campaign import begin, proposal, publish
from prooflane.campaign.book import Book
from prooflane.campaign.clone import Clone
from prooflane.campaign.crew import Crew, Says, hired
from prooflane.campaign.draft import Draft
from prooflane.campaign.prepare import committed, dated, kept
from prooflane.campaign.publish import Errand
from prooflane.campaign.result import Rolled
from prooflane.campaign.rollout import told
from prooflane.campaign.state import FAILED, REVERT, Phase, Standing, State
from prooflane.errors import ProoflaneError
from prooflane.event import Notice
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.exclusive import exclusive
from prooflane.fleet.ledger.runs import Run
from prooflane.git.identity import Identity, identity
from prooflane.git.odb import Bare, Folders
from prooflane.resync.plan import plan
from prooflane.resync.policy import Policy

BEGUN = frozenset({Phase.running, Phase.soaking, Phase.done, Phase.reverted})


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is shared by the reverts of a wave."""

    version: str
    reason: str
    who: Identity
    folders: Folders

    def draft(self, run: Run, clone: Clone) -> Draft:
        """Return the commit that takes the sync of `run` back.

        Raises:
            ProoflaneError: when what was synced cannot be found any more.
        """
        there, before = clone.reach(self.folders), str(run.data["base"])
        clone.get(there, run.head, before)
        bare, head = Bare(there.place.root, self.folders), there.head
        sides = (bare.entries(run.head), head, bare.entries(before))
        merged = plan(*sides, Policy(), there.objects)
        tree = kept(merged, head)
        title = f"Take the template {self.version} back"
        body = proposal.reverting(self.version, self.reason, merged.conflicts)
        data = {"conflicts": {row.path: row.kind.value for row in merged.conflicts}}
        if tree == head:
            return Draft(there, "", title, body, run.after, run.before, data)
        commit = committed(there, tree, title, self.who)
        return Draft(there, commit, title, body, run.after, run.before, data)


def revert(ledger: Ledger, to: str | None, name: str, reason: str, says: Says) -> Rolled:
    """Take the wave called `name` back, and return what that came to.

    Raises:
        ProoflaneError: when there is no such wave, or it has not begun.
    """
    with exclusive(ledger):
        campaign = begin.chosen(ledger, to)
        crew = hired(ledger, campaign, says)
        wave = _wave(crew.book, name)
        crew.book.keep_campaign(Standing.paused, f"wave {name!r} was taken back: {reason}")
        crew.book.keep_wave(replace(wave, state=Phase.reverted), f"is taken back: {reason}")
        undone = replace(crew, book=Book(ledger, campaign.id, REVERT))
        who = dated(identity(), campaign.created)
        undoing = Undoing(campaign.version, reason, who, Folders())
        done = {run.repository: run for run in undone.book.runs(wave.number)}
        for run in crew.book.runs(wave.number):
            _undone(crew, undone, undoing, campaign, run, done.get(run.repository))
        return told(undone.book)


def _undone(  # noqa: PLR0913, PLR0917 - a campaign, its opposite, and one repository of both
    crew: Crew, undone: Crew, undoing: Undoing, campaign: Campaign, run: Run, there: Run | None
) -> None:
    if run.state not in {State.published, State.merged, State.waived} or not run.pull:
        return
    repository = crew.repository(run.repository)
    mine = there or Run(run.repository, REVERT, State.pending, campaign.id, run.wave)
    if mine.state not in {State.pending, State.prepared, *FAILED}:
        return
    try:
        writer = crew.forges.of(repository)
        where = publish.located(writer, repository).path
        number = int(str(run.data["number"]))
        pull = writer.ask(lambda forge: forge.pull(where, number))
        if pull.state.value == "open":
            writer.change(lambda forge: forge.close(where, number, _why(undoing)))
            crew.book.keep(replace(run, state=State.declined, reason=undoing.reason))
            undone.book.keep(replace(mine, state=State.declined, pull=run.pull))
            return
    except ProoflaneError as error:
        failed = replace(mine, state=State.failed, reason=error.message, hint=error.hint)
        undone.book.keep(failed)
        return
    if pull.state.value == "closed":
        return
    branch = f"prooflane/revert-{campaign.id}"
    make = partial(undoing.draft, run)
    errand = Errand(f"{campaign.id}-revert", branch, make, undone.book.keep)
    made = publish.propose(writer, errand, repository, mine)
    crew.says(Notice(f"{made.repository}: {made.state}: {made.reason or made.pull}"))


def _wave(book: Book, name: str) -> Wave:
    waves = book.waves()
    wave = next((row for row in waves if row.name == name), None)
    if wave is None:
        known = ", ".join(repr(row.name) for row in waves)
        raise ProoflaneError(f"there is no wave {name!r}", f"there are {known}")
    if wave.state not in BEGUN:
        raise ProoflaneError(f"wave {name!r} has not begun", "there is nothing to take back")
    return wave


def _why(undoing: Undoing) -> str:
    return f"Closed: the template {undoing.version} is taken back: {undoing.reason}."
