"""Which reviews of a proposal count: those of the exact head, by somebody who did not make it.

The author, each co-author and whoever pushed the head are left out. When the forge does not know
who pushed, or does not list every commit, nobody's review counts: that cannot be told apart from
an approver who approves their own work.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from controls.approvals import authors
from controls.forge.model import Proposal, Review
from controls.manifest import Principal

APPROVED = "APPROVED"
_VERDICTS = (APPROVED, "CHANGES_REQUESTED", "DISMISSED")


@dataclass(frozen=True, slots=True)
class Judged:
    """A person's last verdict on a proposal; `because` is empty where it is an approval."""

    review: Review
    because: str


def judge(proposal: Proposal, person: Principal) -> Judged | None:
    """Return what the last verdict of `person` is worth, None where there is none."""
    last = _last(proposal, person)
    if last is None:
        return None
    return Judged(last, next(_objections(proposal, person, last), ""))


def _last(proposal: Proposal, person: Principal) -> Review | None:
    handle = person.handle.casefold()
    own = [
        review
        for review in proposal.reviews
        if review.handle.casefold() == handle and review.state in _VERDICTS
    ]
    return max(own, key=lambda review: review.at, default=None)


def _objections(proposal: Proposal, person: Principal, review: Review) -> Iterator[str]:
    handle = person.handle.casefold()
    if review.state != APPROVED:
        yield f"the last verdict is {review.state.lower().replace('_', ' ')}"
    if not proposal.head or review.commit != proposal.head:
        yield f"it is about {review.commit[:12]}, and the head is {proposal.head[:12]}"
    if not proposal.complete:
        yield "the forge does not list every commit, so its authors are unknown"
    if not proposal.pushers or not all(proposal.pushers):
        yield "the forge does not say who pushed the head"
    if handle == proposal.author.casefold():
        yield "it is by the author of the proposal"
    if handle in {pusher.casefold() for pusher in proposal.pushers}:
        yield "it is by the last to push"
    if _wrote(proposal, person):
        yield "it is by an author or co-author of a commit"


def _wrote(proposal: Proposal, person: Principal) -> bool:
    handle = person.handle.casefold()
    for commit in proposal.commits:
        if handle in {account.casefold() for account in commit.handles}:
            return True
        people = [authors.Author(name, email) for name, email in commit.people]
        if authors.among(person, (*people, *authors.co_authors(commit.message))):
            return True
    return False
