"""Asks the forge of a CI job for the proposals that its commit belongs to.

Only where the job was given a token: on a laptop nothing is asked, so a check never waits for a
network. A forge that cannot be asked is an error and never silence.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from controls import git
from controls.approvals import committed
from controls.approvals.subject import Subject
from controls.errors import ControlsError
from controls.forge import here
from controls.forge.model import Forge, Proposal

NUMBER = "PULL_REQUEST"


def proposals(root: Path, subject: Subject) -> tuple[Proposal, ...]:
    """Return the proposals whose reviewed head is, byte for byte, what is to be approved.

    Raises:
        ControlsError: as `of_job` does.
    """
    return tuple(one for one in of_job(subject.commit) if _same(root, one, subject))


def of_job(commit: str, env: Mapping[str, str] | None = None) -> tuple[Proposal, ...]:
    """Return the proposal that the job is about, else those that were merged as `commit`.

    Raises:
        ControlsError: when the forge cannot be asked, or PULL_REQUEST is no number.
    """
    known = os.environ if env is None else env
    forge = here.in_ci(known)
    if forge is None:
        return ()
    return tuple(forge.proposal(n) for n in _numbers(forge, commit, known.get(NUMBER, "")))


def _numbers(forge: Forge, commit: str, told: str) -> tuple[int, ...]:
    if not told:
        return forge.merged(commit) if commit else ()
    if not told.isdecimal():
        raise ControlsError(f"{NUMBER} is {told!r}, and a pull request has a number")
    return (int(told),)


def _same(root: Path, proposal: Proposal, subject: Subject) -> bool:
    """Say whether the head has the subject's tree; a head that is not here is asked by its id."""
    if git.commit(root, proposal.head):
        return set(committed.trees(root, (proposal.head,)).values()) <= set(subject.trees)
    own = git.text(root, "rev-parse", f"{subject.commit}^{{tree}}")
    clean = committed.trees(root, (subject.commit,)).get(subject.commit) in subject.trees
    return clean and bool(proposal.tree) and proposal.tree == own
