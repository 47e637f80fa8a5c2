"""What a campaign proposes to each repository: the sync core's commit, and the words for it."""

import sys
from functools import partial

from prooflane.campaign import prepare, proposal
from prooflane.campaign.clone import Clone
from prooflane.campaign.draft import Draft
from prooflane.campaign.publish import Errand, Keeps
from prooflane.fleet.desk import Desk, desk, source
from prooflane.fleet.job import Target
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.git.identity import Identity, identity
from prooflane.sync.result import Synced


def opened(campaign: Campaign, template: str | None) -> Desk:
    """Return the desk for the version of `campaign`; a `template` that is named is trusted.

    Raises:
        ProoflaneError: when the template is not trusted, or has no such version.
    """
    target = Target(template, campaign.version, sys.executable)
    source(campaign.template, target)
    return desk(target)


def errand(at: Desk, campaign: Campaign, wave: Wave, keeps: Keeps) -> Errand:
    """Return what is done to each repository of `wave`."""
    who = author(campaign)
    branch = f"prooflane/sync-{campaign.id}"
    return Errand(campaign.id, branch, partial(_draft, at, campaign, who, wave.name), keeps)


def author(campaign: Campaign) -> Identity:
    """Return who commits for `campaign`, at its time.

    Raises:
        ProoflaneError: when git does not know who sits here.
    """
    return prepare.dated(identity(), campaign.created)


def _draft(at: Desk, campaign: Campaign, who: Identity, wave: str, clone: Clone) -> Draft:
    prepared = prepare.prepare(at, campaign.template, clone, who)
    synced = prepared.synced
    return Draft(
        there=prepared.there,
        commit=prepared.commit,
        title=proposal.title(synced),
        body=proposal.body(synced, wave),
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
