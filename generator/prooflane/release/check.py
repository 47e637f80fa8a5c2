"""`release check`: everything that can be known of a release before anybody has it.

Renders every profile, lets fresh repositories check themselves, updates golden repositories from
every supported version with realistic edits, and asks what a fleet would come to. From that: what
is wrong, and which version the effect asks for. Writes nothing but a scratch folder.
"""

import tempfile
from collections.abc import Generator
from pathlib import Path

from prooflane.catalogue import Catalogue
from prooflane.event import Event, Notice
from prooflane.fleet import sources
from prooflane.fleet.job import Job, job
from prooflane.fleet.judging import judged
from prooflane.release import candidate as candidates
from prooflane.release.asked import Asked
from prooflane.release.candidate import Candidate
from prooflane.release.checkup import Checkup
from prooflane.release.delta import delta
from prooflane.release.effect import FIRST, level, reasons
from prooflane.release.fresh import fresh
from prooflane.release.problems import problems
from prooflane.release.proving import prove
from prooflane.release.replays import replays
from prooflane.resync.shelf import Shelf, shelf


def check(asked: Asked) -> Generator[Event, None, Checkup]:
    """Return what is known of the candidate.

    Raises:
        ProoflaneError: when there is none, or its records are malformed.
    """
    fleet = _fleet(asked)
    with shelf() as opened, tempfile.TemporaryDirectory(prefix="prooflane-release-") as folder:
        wanted = candidates.candidate(asked.template, asked.to, opened, asked.version)
        yield from map(Notice, wanted.source.notices)
        for name in ("fresh", "golden"):
            Path(folder, name).mkdir()
        seen = replays(wanted, opened)
        old, new = _catalogues(wanted, opened)
        change = delta(old, new, seen.differences)
        born = yield from fresh(wanted, opened, Path(folder, "fresh"), asked)
        proved = yield from prove(wanted, opened, Path(folder, "golden"), asked)
        target = asked.target(wanted.source)
        planned = yield from judged("planning the fleet", fleet, target, asked.how)
        found = reasons(change, seen, proved) if wanted.newest else FIRST
        return Checkup(
            wanted=wanted,
            level=level(found),
            reasons=found,
            problems=problems(born, proved, change, old, asked.today),
            fresh=born,
            proved=proved,
            change=change,
            steps=seen.steps,
            moved=seen.gone,
            removed=seen.removed,
            fleet=planned,
        )


def _fleet(asked: Asked) -> list[Job]:
    named = [sources.parse(text) for text in asked.fleet]
    listed = (row for source in named for row in sources.repositories(source))
    return list({row.key: job(row) for row in listed if row.is_active}.values())


def _catalogues(wanted: Candidate, opened: Shelf) -> tuple[Catalogue | None, Catalogue | None]:
    new = opened.catalogue(candidates.edition(opened, wanted.root, wanted.source.commit))
    if wanted.newest is None:
        return None, new
    old = opened.catalogue(candidates.edition(opened, wanted.root, wanted.newest.commit))
    return old, new
