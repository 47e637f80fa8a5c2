"""What a campaign proposes to each repository: the sync core's commit, and the words for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from prooflane.campaign import prepare, proposal
from prooflane.campaign.clone import Clone
from prooflane.campaign.draft import Draft
from prooflane.campaign.prepare import Workshop
from prooflane.campaign.publish import Errand, Keeps
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.sync.result import Synced


@contextmanager
def workshop(campaign: Campaign, trusted: str | None) -> Iterator[Workshop]:
    """Give what brings repositories to the version of `campaign`.

    Raises:
        ProoflaneError: when the template is not trusted, or has no such version.
    """
    moment = campaign.created
    with prepare.workshop(campaign.template, trusted, campaign.version, moment) as shop:
        yield shop


def errand(shop: Workshop, campaign: Campaign, wave: Wave, keeps: Keeps) -> Errand:
    """Return what is done to each repository of `wave`."""
    branch = f"prooflane/sync-{campaign.id}"
    return Errand(campaign.id, branch, partial(_draft, shop, wave.name), keeps)


def _draft(shop: Workshop, wave: str, clone: Clone, branch: str) -> Draft:
    prepared = shop.prepare(clone, branch)
    synced = prepared.synced
    return Draft(
        base=prepared.base,
        commit=prepared.commit,
        title=proposal.title(synced),
        body=proposal.body(synced, prepared.static, wave),
        before=synced.before,
        after=synced.after,
        data=_data(synced),
    )


def _data(synced: Synced) -> dict[str, object]:
    return {
        "controls": {row.id: row.kind.value for row in synced.controls},
        "conflicts": {row.path: row.kind.value for row in synced.conflicts},
        "holds": {row.id: row.version for row in synced.holds},
        "lost": [row.path for row in synced.losses],
    }
