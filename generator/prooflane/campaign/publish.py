"""One repository, from nothing to its one pull request; each step can be the last before a kill.

The order makes it so: the forge is asked for our marker first, the commit is written down before it
is pushed, and the same commit is made again. What goes wrong becomes the state of the run.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from prooflane.campaign.clone import Clone
from prooflane.campaign.draft import Draft, Make
from prooflane.campaign.state import State
from prooflane.campaign.writer import Writer
from prooflane.errors import ProoflaneError, defect
from prooflane.fleet.desk import ForeignError
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.repository import Repository
from prooflane.forge.model import ForgeError, Proposal, Pull, PullState, Remote, Trouble

STATES = {
    PullState.open: State.published,
    PullState.merged: State.merged,
    PullState.closed: State.declined,
}
TROUBLES = {
    Trouble.gone: State.gone,
    Trouble.archived: State.archived,
    Trouble.unreachable: State.unreachable,
    Trouble.limited: State.unreachable,
}


Keeps = Callable[[Run], Run]


@dataclass(frozen=True, slots=True)
class Errand:
    """What is proposed everywhere: its marker, its branch, and who makes the commit.

    `keeps` writes a run down at once.
    """

    marker: str
    branch: str
    make: Make
    keeps: Keeps


def propose(writer: Writer, errand: Errand, repository: Repository, run: Run) -> Run:
    """Return the run of `repository` after it was proposed, or after it could not be."""
    tried = errand.keeps(replace(run, attempt=run.attempt + 1, reason="", hint=""))
    try:
        done = _proposed(writer, errand, repository, tried)
    except ForeignError as error:
        done = _ended(tried, State.foreign, error)
    except ForgeError as error:
        done = _ended(tried, TROUBLES.get(error.trouble, State.failed), error)
    except ProoflaneError as error:
        done = _ended(tried, State.failed, error)
    except Exception as error:  # noqa: BLE001 - one repository never ends a campaign
        done = _ended(tried, State.failed, defect(error))
    return errand.keeps(done)


def path(repository: Repository) -> str:
    """Return what a forge calls the repository: its path there, or its folder."""
    key = repository.key
    return key if key.startswith("/") else key.partition("/")[2]


def located(writer: Writer, repository: Repository) -> Remote:
    """Return where the repository is now, also when it was renamed.

    Raises:
        ForgeError: when it is gone, or may not be written.
    """
    remote = writer.ask(lambda forge: forge.repository(path(repository)))
    if repository.forge_id and remote.id and remote.id != repository.forge_id:
        message = f"another repository is called {remote.path!r} now"
        raise ForgeError(Trouble.gone, message, "fleet scan finds where the old one went")
    if remote.is_archived:
        hint = "unarchive it, or leave it as it is"
        raise ForgeError(Trouble.archived, f"{remote.path!r} is archived", hint)
    if not remote.may_push:
        message = f"the token may not write to {remote.path!r}"
        raise ForgeError(Trouble.scope, message, "it needs contents and pull requests")
    return remote


def _proposed(writer: Writer, errand: Errand, repository: Repository, run: Run) -> Run:
    remote = located(writer, repository)
    run = _named(run, path(repository), remote)
    there = _found(writer, remote.path, errand, run)
    if there and there.state is PullState.closed and run.state == State.waived:
        # its owner closed it and said when to come again
        run = replace(run, data={**run.data, "round": _round(run) + 1})
        there = None
    if there and (run.state == State.prepared or there.state is not PullState.open):
        return _linked(run, there)
    return _made(writer, errand, remote, run, there)


def _made(writer: Writer, errand: Errand, remote: Remote, run: Run, there: Pull | None) -> Run:
    branch, marker = _numbered(errand, run)
    work = Clone(remote, writer.forge.credentials())
    before = run.head
    draft = writer.ask(lambda _: errand.make(work))
    run = _drafted(run, draft, branch)
    if not draft.commit:
        return replace(run, state=State.nothing)
    if there and there.head != draft.commit:
        # what somebody added to our branch stays
        return _linked(run, there)
    run = errand.keeps(replace(run, state=State.prepared))
    if there is None:
        writer.ask(lambda _: _pushed(work, draft, branch, before))
    proposal = Proposal(marker, branch, remote.branch, draft.title, draft.body)
    return _linked(run, writer.change(lambda forge: forge.upsert(remote.path, proposal)))


def _pushed(work: Clone, draft: Draft, branch: str, before: str) -> None:
    # a run that was killed may have pushed what it wrote down, or not
    tip = work.tip(draft.there, branch) if before else ""
    if tip != draft.commit:
        work.push(draft.there, branch, draft.commit, tip if tip == before else "")


def _found(writer: Writer, where: str, errand: Errand, run: Run) -> Pull | None:
    branch, marker = _numbered(errand, run)
    return writer.ask(lambda forge: forge.find(where, branch, marker))


def _numbered(errand: Errand, run: Run) -> tuple[str, str]:
    number = _round(run)
    suffix = f"-{number}" if number > 1 else ""
    return errand.branch + suffix, errand.marker + suffix


def _round(run: Run) -> int:
    return int(str(run.data.get("round", 1)))


def _drafted(run: Run, draft: Draft, branch: str) -> Run:
    data = {**run.data, **draft.data, "base": draft.base}
    return replace(
        run, head=draft.commit, branch=branch, before=draft.before, after=draft.after, data=data
    )


def _linked(run: Run, pull: Pull) -> Run:
    data = {**run.data, "number": pull.number}
    return replace(run, state=STATES[pull.state], pull=pull.url, data=data)


def _named(run: Run, was: str, remote: Remote) -> Run:
    if remote.path == was:
        return run
    return replace(run, data={**run.data, "renamed": remote.path})


def _ended(run: Run, state: State, error: ProoflaneError) -> Run:
    return replace(run, state=state, reason=error.message, hint=error.hint)
