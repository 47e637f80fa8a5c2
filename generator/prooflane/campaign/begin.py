"""Begins a campaign, or finds the one that is under way: who takes part, and in which wave."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from prooflane.campaign import settings as settings_
from prooflane.campaign.settings import Settings
from prooflane.campaign.state import SYNC, Phase, Standing, State
from prooflane.campaign.waves import assign
from prooflane.errors import ProoflaneError
from prooflane.fleet.ledger import campaigns, events, inventory, runs
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.events import Event
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.repository import Repository
from prooflane.fleet.repository import Standing as Known
from prooflane.source import find
from prooflane.source.address import plain
from prooflane.version import is_older


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for: a version, a source of the template that is trusted, settings."""

    to: str | None = None
    template: str | None = None
    settings: Settings | None = None


def begun(ledger: Ledger, wanted: Wanted) -> Campaign:
    """Return the campaign for what is `wanted`: the one there is, or a new one with its waves.

    Raises:
        ProoflaneError: when nothing is known of a fleet, or the template is not trusted.
    """
    with ledger.reading() as connection:
        fleet = list(inventory.read(connection, [Known.active]))
        known = list(campaigns.read(connection))
    if wanted.to is None and (under_way := _under_way(known, wanted.template)):
        return _with(ledger, under_way, wanted.settings)
    url = _template(fleet, wanted.template)
    source = find.recorded(url, wanted.template, wanted.to)
    id_ = identifier(url, source.version)
    there = next((row for row in known if row.id == id_), None)
    if there:
        return _with(ledger, there, wanted.settings)
    made = Campaign(
        id=id_,
        template=url,
        version=source.version,
        commit=source.commit,
        state=Standing.running,
        settings=settings_.dump(wanted.settings or Settings()),
        created=ledger.clock(),
    )
    _write(ledger, made, wanted.settings or Settings(), fleet, known)
    return made


def chosen(ledger: Ledger, to: str | None = None) -> Campaign:
    """Return the newest campaign, or the newest for version `to`.

    Raises:
        ProoflaneError: when there is none.
    """
    with ledger.reading() as connection:
        found = [row for row in campaigns.read(connection) if to in {None, row.version}]
    if not found:
        what = f"no campaign for {to!r}" if to else "no campaign"
        raise ProoflaneError(f"{ledger.name} holds {what}", "prooflane fleet sync begins one")
    return found[0]


def _under_way(known: Iterable[Campaign], template: str | None) -> Campaign | None:
    over = {Standing.done, Standing.superseded}
    found = [row for row in known if row.state not in over]
    # a fleet of two templates has two campaigns: the one that is named goes on
    named = [row for row in found if template and plain(row.template) == plain(template)]
    return next(iter(named or found), None)


def _with(ledger: Ledger, campaign: Campaign, settings: Settings | None) -> Campaign:
    if settings is None:
        return campaign
    changed = settings_.dump(settings)
    if names(changed) != names(campaign.settings):
        message = f"the waves of {campaign.id!r} are called {', '.join(names(campaign.settings))}"
        raise ProoflaneError(message, "thresholds and times may change, waves may not")
    campaign = replace(campaign, settings=changed)
    with ledger.writing() as connection:
        campaigns.keep(connection, campaign)
    return campaign


def names(data: object) -> list[str]:
    """Return what the waves of settings, as the ledger keeps them, are called."""
    rows = data.get("waves") if isinstance(data, dict) else None
    return [str(row["name"]) for row in rows] if isinstance(rows, list) else []


def _template(fleet: list[Repository], named: str | None) -> str:
    urls = sorted({row.template for row in fleet if row.template})
    if not urls:
        raise ProoflaneError("the ledger knows no repository of a template", "prooflane fleet scan")
    if len(urls) == 1:
        return urls[0]
    if named and (same := [url for url in urls if plain(url) == plain(named)]):
        return same[0]
    message = f"the fleet was made from {len(urls)} templates: {', '.join(urls)}"
    raise ProoflaneError(message, "--template names the one of this campaign")


def identifier(url: str, version: str) -> str:
    """Return what the campaign for `version` of the template at `url` is called."""
    slug = re.sub(r"[^\w.-]+", "-", version).strip("-.")
    return f"{slug}-{hashlib.sha256(plain(url).encode()).hexdigest()[:6]}"


def _write(
    ledger: Ledger,
    campaign: Campaign,
    settings: Settings,
    fleet: list[Repository],
    known: list[Campaign],
) -> None:
    waves = [
        Wave(campaign.id, number, stage.name, Phase.waiting)
        for number, stage in enumerate(settings.waves)
    ]
    ours = [row for row in fleet if _takes_part(row, campaign)]
    rows = [
        Run(key, SYNC, State.pending, campaign.id, number)
        for number, keys in assign(settings.waves, ours).items()
        for key in keys
    ]
    older = [
        replace(row, state=Standing.superseded, reason=f"by {campaign.id}")
        for row in known
        if row.template == campaign.template
    ]
    said = f"{len(rows)} repositories to {campaign.version} in {len(waves)} waves"
    with ledger.writing() as connection:
        campaigns.keep(connection, campaign, *older)
        campaigns.keep_waves(connection, waves)
        runs.keep(connection, rows)
        events.append(connection, Event(ledger.clock(), "campaign", said, campaign=campaign.id))


def _takes_part(row: Repository, campaign: Campaign) -> bool:
    ours = row.template and plain(row.template) == plain(campaign.template)
    return bool(ours) and is_older(campaign.version, row.version) is not True
