"""What workers read of each repository for the inventory. Whatever goes wrong is a result."""

from dataclasses import dataclass

from prooflane.errors import EmptyError, ProoflaneError, defect
from prooflane.fleet.facts import Facts, facts
from prooflane.fleet.job import Job
from prooflane.fleet.reach import reach
from prooflane.fleet.repository import EMPTY, Standing
from prooflane.git.odb import Folders
from prooflane.sync import subject as subjects


@dataclass(frozen=True, slots=True)
class Read:
    """A repository as it was read; without `known`, `reason` says why not."""

    key: str
    state: str
    head: str = ""
    known: Facts | None = None
    reason: str = ""
    hint: str = ""


def read_all(jobs: tuple[Job, ...]) -> list[Read]:
    """Return what each repository of `jobs` says of itself."""
    folders = Folders()
    return [read(job, folders) for job in jobs]


def read(job: Job, folders: Folders) -> Read:
    """Return what the repository of `job` says of itself."""
    try:
        return _read(job, folders)
    except EmptyError:
        return Read(job.key, Standing.empty, reason=EMPTY)
    except ProoflaneError as error:
        return Read(job.key, Standing.unreachable, reason=error.message, hint=error.hint)
    except Exception as error:  # noqa: BLE001 - one repository never sinks a fleet
        said = defect(error)
        return Read(job.key, Standing.unreachable, reason=said.message, hint=said.hint)


def lost(job: Job) -> Read:
    """Return what is said of a repository that ended the process that read it."""
    return Read(job.key, Standing.unreachable, reason="reading it ended the process")


def _read(job: Job, folders: Folders) -> Read:
    reached = reach(job, folders)
    if not any(subjects.ANSWERS.fullmatch(path) for path in reached.head):
        return Read(job.key, Standing.foreign, reached.place.head, reason="no template made it")
    subject = subjects.of(reached.place, reached.head, reached.objects)
    known = facts(subject, reached.objects)
    return Read(job.key, Standing.active, reached.place.head, known)
