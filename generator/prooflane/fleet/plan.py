"""`fleet plan`: what a version would do to each repository of the ledger. Nothing is sent anywhere.

Workers judge, this process counts and records: the ledger's last what-if of each repository.
"""

import hashlib
import time
from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime

from prooflane.errors import ProoflaneError
from prooflane.event import Event, Notice
from prooflane.fleet.executors import How
from prooflane.fleet.job import Target, job
from prooflane.fleet.judging import judged
from prooflane.fleet.ledger import events, inventory, runs, waivers
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.ledger.exclusive import exclusive
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.planned import Planned, Verdict
from prooflane.fleet.repository import Repository, Standing
from prooflane.source import find

KIND = "plan"
JUDGED = frozenset({Standing.active, Standing.foreign, Standing.unreachable})
# what has a column of its own
COLUMNS = frozenset({"key", "verdict", "before", "after", "head", "reason", "hint"})


@dataclass(frozen=True, slots=True)
class Shard:
    """The part `index` of `count` of the fleet; which repository is in it depends on its key."""

    index: int = 1
    count: int = 1

    def holds(self, key: str) -> bool:
        """Say whether the repository `key` is in this part."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index - 1

    @property
    def name(self) -> str:
        """What the ledger's lock calls it: parts run side by side, one part runs once."""
        return f"fleet plan {self.index}/{self.count}" if self.count > 1 else "fleet plan"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A repository of the ledger that takes no part, and why."""

    key: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The what-if over the fleet; `repositories` by key."""

    repositories: tuple[Planned, ...]
    skipped: tuple[Skipped, ...]
    how: How
    seconds: float
    made: str

    @property
    def status(self) -> int:
        """The exit status: 1 when a repository could not be judged."""
        return int(any(row.verdict is Verdict.failed for row in self.repositories))


def parse_shard(text: str | None) -> Shard:
    """Return the part of the fleet that `--shard TEXT` names.

    Raises:
        ProoflaneError: when it is not `i/n` with i from 1 to n.
    """
    if text is None:
        return Shard()
    index, slash, count = text.partition("/")
    if not (slash and index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
        raise ProoflaneError(f"--shard takes i/n with i from 1 to n, got {text!r}", "--shard 1/4")
    return Shard(int(index), int(count))


def plan(ledger: Ledger, target: Target, how: How, shard: Shard) -> Generator[Event, None, Plan]:
    """Return what `target` would do to the repositories of the ledger that are in `shard`.

    Raises:
        ProoflaneError: when the ledger holds none, the template that was named or its version is
            not there, or the same part is being planned already.
    """
    started = time.monotonic()
    if target.template is not None:
        # what every repository would say, in one sentence
        find.recorded("", target.template, target.to)
    with exclusive(ledger, shard.name):
        with ledger.reading() as connection:
            said = events.went_back(connection, ledger.clock())
            rows = [row for row in inventory.read(connection) if shard.holds(row.key)]
            is_empty = not rows and not any(True for _ in inventory.read(connection))
            waits = dict(_waits(waivers.read(connection), _today(ledger)))
        if is_empty:
            raise ProoflaneError(
                f"{ledger.name} holds no repository", "prooflane fleet scan SOURCE"
            )
        if said:
            yield Notice(said)
        jobs = [job(row) for row in rows if row.state in JUDGED]
        found = yield from judged(f"planning {len(jobs):,} repositories", jobs, target, how)
        known = {row.key: row for row in rows}
        planned = tuple(
            replace(_named(row, known[row.key]), waits=waits.get(row.key, "")) for row in found
        )
        _keep(ledger, planned)
        skipped = (Skipped(r.key, r.state, r.reason) for r in rows if r.state not in JUDGED)
        made = datetime.fromtimestamp(ledger.clock(), UTC).isoformat(timespec="seconds")
        return Plan(planned, tuple(skipped), how, round(time.monotonic() - started, 2), made)


def _named(row: Planned, known: Repository) -> Planned:
    # what cannot be read now was known before: whom to ask, above all
    if row.before:
        return row
    return replace(row, tier=known.tier, team=known.team, owner=known.owner, before=known.version)


def _today(ledger: Ledger) -> date:
    return datetime.fromtimestamp(ledger.clock(), UTC).date()


def _waits(known: Iterable[waivers.Waiver], today: date) -> Iterable[tuple[str, str]]:
    for waiver in known:
        if not waiver.control and waiver.holds(today):
            yield waiver.repository, waiver.until


def _keep(ledger: Ledger, judged: tuple[Planned, ...]) -> None:
    now = ledger.clock()
    with ledger.writing() as connection:
        runs.keep(connection, (_run(row, now) for row in judged))
        failed = sum(row.verdict is Verdict.failed for row in judged)
        text = f"{len(judged)} repositories, {failed} of them failed"
        events.append(connection, events.Event(now, KIND, text))


def _run(row: Planned, now: float) -> Run:
    data = {key: value for key, value in asdict(row).items() if key not in COLUMNS}
    return Run(
        repository=row.key,
        kind=KIND,
        state=row.verdict.value,
        attempt=1,
        before=row.before,
        after=row.after,
        head=row.head,
        reason=row.reason,
        hint=row.hint,
        data=data,
        updated=now,
    )
