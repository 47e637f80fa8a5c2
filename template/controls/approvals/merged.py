"""Which reviews of merged proposals approved a stretch of the branch.

The proposal is the one that was merged as the stretch's first commit, and what was reviewed must be
that commit's tree, byte for byte: a merge that changed something after the review approves nothing.
Which review counts is decided in `reviews`. A review of the forge has no last day: it stands while
the branch has what was reviewed, and else as long as a signature given at that moment could.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from controls import git
from controls.approvals import committed, evidence, people, reviews, stands
from controls.approvals.approval import Approval
from controls.approvals.stands import ENDLESS, Stand
from controls.forge.model import Forge, Proposal


def in_force(
    root: Path, stand: Stand, manifests: Mapping[str, bytes | None], forge: Forge
) -> Iterator[Approval]:
    """Yield each person's approval of `stand` by a review, for each of their roles.

    Raises:
        ControlsError: when the forge cannot be asked.
    """
    found = _proposals(root, stand, forge)
    for role in stands.powers(stand, manifests).roles if found else ():
        for person in people.named(role):
            judged = (reviews.judge(proposal, person) for proposal in found)
            good = next((one for one in judged if one and not one.because), None)
            since = max(stand.since, _given(good.review.at)) if good else ENDLESS
            if good is None or since >= stand.until:
                continue
            yield Approval(
                role=role.role,
                principal=person.handle,
                name=person.name,
                evidence=evidence.REVIEW,
                file=good.review.url,
                commit=good.review.commit,
                decision="",
                tree=stand.tree,
                threshold=role.threshold,
                paths=role.paths,
                revisions=stand.commits,
                since=since,
                until=max(stand.until, stands.later(since)),
            )


def _proposals(root: Path, stand: Stand, forge: Forge) -> tuple[Proposal, ...]:
    """Return the proposals whose reviewed head is what was merged as `stand`."""
    first = stand.commits[0]
    found = (forge.proposal(number) for number in forge.merged(first))
    return tuple(one for one in found if _same(root, one, stand))


def _given(at: str) -> datetime:
    """Return when the forge says it was given; a time that cannot be read is never."""
    try:
        return datetime.fromisoformat(at).astimezone(UTC)
    except ValueError:
        return ENDLESS


def _same(root: Path, proposal: Proposal, stand: Stand) -> bool:
    if git.commit(root, proposal.head):
        return set(committed.trees(root, (proposal.head,)).values()) == {stand.tree}
    return bool(proposal.tree) and proposal.tree == git.text(
        root, "rev-parse", f"{stand.commits[0]}^{{tree}}"
    )
