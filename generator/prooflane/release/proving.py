"""Updates the golden fleet as any fleet is updated, and asks its checks before and after."""

from collections.abc import Generator
from pathlib import Path

from prooflane.event import Event
from prooflane.fleet.judging import judged
from prooflane.fleet.progress import told
from prooflane.release.asked import Asked
from prooflane.release.candidate import Candidate
from prooflane.release.effect import Proved
from prooflane.release.golden import Golden, golden
from prooflane.release.standing import standings
from prooflane.resync.shelf import Shelf


def prove(
    wanted: Candidate, opened: Shelf, scratch: Path, asked: Asked
) -> Generator[Event, None, Proved]:
    """Return what the candidate does to the golden repositories, which are made below `scratch`.

    Raises:
        ProoflaneError: when an old version no longer renders.
    """
    making = golden(wanted, opened, scratch)
    fleet = (yield from told("making golden repositories", making, 0)) if wanted.supported else []
    # neighbours have the same controls: a worker that runs them already goes on with the next
    fleet.sort(key=lambda row: (row.profile, row.version))
    stand = [row.job for row in fleet if row.stands]
    name = f"checking {len(stand):,} golden repositories"
    before = yield from standings(name, stand, asked.target(wanted.source), asked.how)
    merged, checked = ([row.job for row in fleet if row.is_checked is it] for it in (False, True))
    target = asked.target(wanted.source, checks=False)
    rest = yield from judged(
        f"updating {len(merged):,} golden repositories", merged, target, asked.how
    )
    name = f"updating and checking {len(checked):,} golden repositories"
    found = yield from judged(name, checked, asked.target(wanted.source), asked.how)
    after = {row.key: row for row in (*found, *rest)}
    return Proved(_in_order(fleet), before, after)


def _in_order(fleet: list[Golden]) -> tuple[Golden, ...]:
    return tuple(sorted(fleet, key=lambda row: row.folder))
