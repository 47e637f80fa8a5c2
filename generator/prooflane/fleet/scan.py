"""`fleet scan`: sources → what each repository says of itself → the ledger.

A source that cannot be listed and a repository that cannot be read are recorded and said; the rest
goes on. Nothing is written to any repository or forge.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice
from prooflane.fleet import executors, read
from prooflane.fleet.executors import How
from prooflane.fleet.job import job
from prooflane.fleet.ledger import events, inventory, waivers
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.exclusive import exclusive
from prooflane.fleet.ledger.inventory import Held
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.progress import told
from prooflane.fleet.read import Read
from prooflane.fleet.repository import Repository, Standing
from prooflane.fleet.sources import Source, repositories

ORIGIN = "manifest"
READ = frozenset({Standing.active, Standing.unreachable})


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A source that could not be listed, and why."""

    source: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """The repositories of the sources as they are now, and the sources that were not listed.

    `hints` say, by key, what to do about repositories that could not be read.
    """

    repositories: tuple[Repository, ...]
    unlisted: tuple[Unlisted, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The exit status: 1 when a source or a repository could not be reached."""
        lost = any(row.state == Standing.unreachable for row in self.repositories)
        return int(lost or bool(self.unlisted))


def scan(ledger: Ledger, sources: Iterable[Source], how: How) -> Generator[Event, None, Scanned]:
    """Bring the ledger up to date with `sources`, and return what they hold.

    Raises:
        ProoflaneError: when the ledger cannot be used, or another scan runs.
    """
    with exclusive(ledger, "fleet scan"):
        now = ledger.clock()
        with ledger.reading() as connection:
            if said := events.went_back(connection, now):
                yield Notice(said)
        named = list(sources)
        listed, unlisted = _listed(named)
        reads = yield from _read([row for row in listed.values() if row.state in READ], how)
        found = tuple(_now(row, reads.get(row.key), now) for row in listed.values())
        whole = {source.name for source in named} - {row.source for row in unlisted}
        gone = _keep(ledger, found, reads, whole)
        hints = {row.key: row.hint for row in reads.values() if row.hint}
        return Scanned((*found, *gone), tuple(unlisted), hints)


def _listed(sources: list[Source]) -> tuple[dict[str, Repository], list[Unlisted]]:
    found: dict[str, Repository] = {}
    unlisted: list[Unlisted] = []
    for source in sources:
        try:
            found |= {row.key: row for row in repositories(source)}
        except ProoflaneError as error:
            unlisted.append(Unlisted(source.name, error.message, error.hint))
    return found, unlisted


def _read(rows: list[Repository], how: How) -> Generator[Event, None, dict[str, Read]]:
    jobs = [job(row) for row in rows]
    ran = executors.run(how, read.read_all, jobs, read.lost)
    found = yield from told(f"reading {len(jobs):,} repositories", ran, len(jobs))
    return {row.key: row for row in found}


def _now(row: Repository, was: Read | None, now: float) -> Repository:
    if was is None:
        return replace(row, seen=now)
    row = replace(row, state=was.state, reason=was.reason, head=was.head, seen=now)
    known = was.known
    if known is None:
        return row
    return replace(
        row,
        name=known.name,
        team=known.team,
        owner=known.owner,
        tier=known.tier,
        template=known.template,
        version=known.version,
    )


def _keep(
    ledger: Ledger, found: tuple[Repository, ...], reads: dict[str, Read], whole: set[str]
) -> tuple[Repository, ...]:
    now = ledger.clock()
    with ledger.writing() as connection:
        before = {row.key: row for row in inventory.read(connection)}
        gone = tuple(_gone(before.values(), found, whole))
        inventory.keep(connection, (*(_remembered(row, before) for row in found), *gone))
        known = {row.key: row.known for row in reads.values() if row.known}
        held = {
            key: [Held(key, *_as_held(row)) for row in fact.controls] for key, fact in known.items()
        }
        inventory.keep_controls(connection, held, now)
        said = [
            Waiver(key, *row, ORIGIN, now) for key, fact in known.items() for row in fact.waivers
        ]
        waivers.replace(connection, known, ORIGIN, said)
        inventory.count(connection, datetime.fromtimestamp(now, UTC).date().isoformat())
        events.append(connection, events.Event(now, "scan", f"{len(found)} repositories"))
    return gone


def _as_held(row: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    control, title, version, state = row
    return control, version, state, title


def _remembered(row: Repository, before: Mapping[str, Repository]) -> Repository:
    # what was known of a repository stays known while it cannot be reached
    was = before.get(row.key)
    if row.state != Standing.unreachable or was is None:
        return row
    return replace(was, source=row.source, state=row.state, reason=row.reason, seen=row.seen)


def _gone(
    before: Iterable[Repository], found: tuple[Repository, ...], whole: set[str]
) -> Iterator[Repository]:
    keys = {row.key for row in found}
    names = {(row.source, row.forge_id): row.key for row in found if row.forge_id}
    for row in before:
        if row.key in keys or row.source not in whole:
            continue
        if row.state in {Standing.gone, Standing.renamed}:
            continue
        if name := names.get((row.source, row.forge_id)):
            yield replace(row, state=Standing.renamed, reason=f"it is {name} now")
        else:
            yield replace(row, state=Standing.gone, reason=f"{row.source} no longer lists it")
