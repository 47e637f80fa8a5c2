"""Asks every store of the fleet who touched which data; the citations are the repository's own.

The question is answered by the `controls` of the template, from a folder that holds nothing else:
no code of a repository is run. Nothing is written.
"""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from prooflane.audit.question import Answer, Answered, Question, Silent
from prooflane.audit.stores import store
from prooflane.errors import ProoflaneError
from prooflane.event import Event
from prooflane.fleet.ledger import inventory
from prooflane.fleet.ledger.database import Ledger
from prooflane.fleet.progress import told
from prooflane.fleet.repository import Repository, Standing
from prooflane.gate.warm import Warm, reason, rows, warm
from prooflane.git.snapshot import snapshot
from prooflane.source import find
from prooflane.source.find import Source

CODE = "controls/"


def who_touched(
    ledger: Ledger, question: Question, mounted: Path | None, template: str | None, python: str
) -> Generator[Event, None, Answered]:
    """Return what every store of the ledger's repositories answers.

    Raises:
        ProoflaneError: when the ledger holds no repository, or the template has no controls.
    """
    with ledger.reading() as connection:
        known = [r for r in inventory.read(connection) if r.state != Standing.renamed]
    if not known:
        raise ProoflaneError(f"{ledger.name} holds no repository", "prooflane fleet scan SOURCE")
    with _code(find.find(template, None)) as code, warm(python, code) as process:
        asked = (_asked(process, question, row, mounted) for row in known)
        found = yield from told(f"asking {len(known):,} repositories", asked, len(known))
    answers = tuple(row for row in found if isinstance(row, Answer))
    return Answered(question, answers, tuple(row for row in found if isinstance(row, Silent)))


def _asked(
    process: Warm, question: Question, repository: Repository, mounted: Path | None
) -> Answer | Silent:
    place = store(repository, mounted)
    if isinstance(place, Silent):
        return place
    printed, said = process.ask(place, *question.words)
    data = rows(printed)
    if "rows" not in data:
        return Silent(repository.key, reason(said))
    return Answer(repository.key, repository.team, repository.owner, data)


@contextmanager
def _code(source: Source) -> Iterator[Path]:
    with (
        snapshot(source.repository, source.commit) as files,
        tempfile.TemporaryDirectory(prefix="prooflane-audit-") as folder,
    ):
        # managed files carry no Jinja: as they lie in the template, they are the repository's
        inside = {path: at for path in files if (at := _inside(path))}
        if not inside:
            raise ProoflaneError(f"the template {source.url!r} has no controls", "--template SRC")
        for path, at in inside.items():
            place = Path(folder, at)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(files[path].data)
        yield Path(folder)


def _inside(path: str) -> str:
    head, found, tail = f"/{path}".partition(f"/{CODE}")
    return CODE + tail if found and head.count("/") <= 1 else ""
