"""One repository proposes a version to itself, when its wave is open: one pull request, no more.

Everything is read from the forge into a bare clone; nothing of the repository is laid out or run.
The marker, the branch and the commit are those of a campaign, so that the two never make two.
"""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from prooflane.campaign import begin, publish
from prooflane.campaign import sync as syncs
from prooflane.campaign.clone import Clone
from prooflane.campaign.forges import Forges
from prooflane.campaign.settings import Settings
from prooflane.campaign.state import FAILED, SYNC, Phase, Standing, State
from prooflane.campaign.writer import Writer
from prooflane.errors import ProoflaneError
from prooflane.event import Event
from prooflane.fleet.desk import desk
from prooflane.fleet.job import FORGES, Target
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import opened
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.reach import Reached
from prooflane.fleet.repository import Repository
from prooflane.forge.model import Remote
from prooflane.git import history
from prooflane.git.odb import Folders
from prooflane.pull import record
from prooflane.pull.standing import Closed, Open, Record, standing
from prooflane.source import find
from prooflane.source.find import Source
from prooflane.sync import subject as subjects
from prooflane.sync.subject import Subject
from prooflane.version import is_older

HINT = "github:OWNER/NAME, or gitlab:GROUP/NAME"


class Came(StrEnum):
    """What a call came to."""

    waits = "waits"
    nothing = "nothing"
    proposed = "proposed"
    pushed = "pushed"  # the branch is there, and the token may not open a pull request
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of one repository; `where` is its pull request, or its branch."""

    repository: str
    came: Came
    version: str = ""
    wave: str = ""
    where: str = ""
    reason: str = ""
    hint: str = ""

    @property
    def status(self) -> int:
        """The exit status: 1 when a person has to do something, else 0."""
        return int(self.came in {Came.pushed, Came.failed})


@dataclass(frozen=True, slots=True)
class _Here:
    """The repository as it lies on the forge.

    `access` is what git goes to that forge with, for a template beside it too: git sends it to no
    other host, and only a template that is trusted is asked for.
    """

    remote: Remote
    access: Mapping[str, str] = field(repr=False)
    clone: Clone
    there: Reached
    subject: Subject

    @property
    def tier(self) -> int | None:
        tier = self.subject.answers.get("tier")
        return tier if isinstance(tier, int) else None


@dataclass(slots=True)
class _Kept:
    """Remembers the run that was prepared: a ledger of one repository."""

    prepared: list[Run] = field(default_factory=list)

    def keep(self, run: Run) -> Run:
        if run.state == State.prepared:
            self.prepared.append(run)
        return run


def pulled(named: str, says: Callable[[Event], None], now: float | None = None) -> Pulled:
    """Bring the repository that is `named` to what its template's record says, or say why not.

    Raises:
        ProoflaneError: when it cannot be read, or its template is not trusted.
    """
    kind, path = _parsed(named)
    scratch = tempfile.TemporaryDirectory(prefix="pull-")
    with scratch as folder, opened(str(Path(folder, "ledger.db"))) as ledger:
        asked = Repository(f"{kind}/{path}", source=f"{kind}:{path}")
        writer = Forges(ledger, Settings(), says).of(asked)
        here = _read(writer, asked)
        told = record.read(find.recorded(here.subject.url, None, "HEAD", here.access))
        if isinstance(told, Closed):
            return Pulled(here.remote.key, Came.waits, reason=told.reason)
        wave = standing(told, here.remote.key, here.tier, now or time.time())
        if isinstance(wave, Closed):
            return Pulled(here.remote.key, Came.waits, told.version, reason=wave.reason)
        return _proposed(writer, here, told, wave)


def _parsed(named: str) -> tuple[str, str]:
    kind, _, path = named.partition(":")
    if kind not in FORGES or "/" not in path.strip("/"):
        raise ProoflaneError(f"{named!r} names no repository of a forge", HINT)
    return kind, path.strip("/")


def _read(writer: Writer, asked: Repository) -> _Here:
    remote = publish.located(writer, asked)
    access = writer.forge.credentials()
    clone = Clone(remote, access)
    there = writer.ask(lambda _: clone.reach(Folders()))
    return _Here(remote, access, clone, there, subjects.of(there.place, there.head, there.objects))


def _proposed(writer: Writer, here: _Here, told: Record, wave: Open) -> Pulled:
    url, key = here.subject.url, here.remote.key
    source = find.recorded(url, None, told.version, here.access)
    if is_older(source.version, here.subject.version) is True:
        reason = f"it is at {here.subject.version}, which is newer"
        return Pulled(key, Came.nothing, source.version, wave.name, reason=reason)
    campaign = _campaign(url, source)
    row = Wave(campaign.id, wave.number, wave.name, Phase.running)
    # no check of the new version runs here: its code does not belong beside the token
    kept = _Kept()
    table = desk(Target(None, source.version, ""))
    table.take(url, source)
    errand = syncs.errand(table, campaign, row, kept.keep)
    run = Run(key, SYNC, State.pending, campaign.id, wave.number)
    run = replace(run, head=_ours(here, errand.branch, syncs.author(campaign).committer))
    repository = Repository(key, forge_id=here.remote.id)
    done = publish.propose(writer, errand, repository, run)
    shown = Pulled(key, Came.proposed, source.version, wave.name, done.pull, done.reason, done.hint)
    if done.state == State.nothing:
        return replace(shown, came=Came.nothing, reason=f"it is at {source.version} already")
    if done.state not in FAILED and not done.reason:
        return replace(shown, reason="" if done.state == State.published else done.state)
    if kept.prepared and _is_there(here, kept.prepared[-1]):
        return replace(shown, came=Came.pushed, where=errand.branch)
    return replace(shown, came=Came.failed)


def _campaign(url: str, source: Source) -> Campaign:
    made = history.moment(source.repository, source.commit)
    return Campaign(
        id=begin.identifier(url, source.version),
        template=url,
        version=source.version,
        commit=source.commit,
        state=Standing.running,
        created=made,
    )


def _ours(here: _Here, branch: str, committer: str) -> str:
    """Return the tip of `branch` where an earlier call of ours left it, else nothing."""
    tip = here.clone.tip(here.there, branch)
    if not tip:
        return ""
    here.clone.get(here.there, tip)
    return tip if history.committer(here.there.place.root, tip) == committer else ""


def _is_there(here: _Here, run: Run) -> bool:
    return here.clone.tip(here.there, run.branch) == run.head
