"""What a worker is asked for. Small values that can be sent to another process, or machine."""

from dataclasses import dataclass

from prooflane.fleet.repository import Repository
from prooflane.forge.hosts import has_token, kind_at

# the kinds of source whose repositories need the forge's token
FORGES = ("github", "gitlab")


@dataclass(frozen=True, slots=True)
class Job:
    """One repository: a folder on this machine, or a URL that is cloned by the worker."""

    key: str
    url: str
    branch: str = ""
    forge: str = ""

    @property
    def is_remote(self) -> bool:
        """Whether it has to be fetched before it can be read."""
        return "://" in self.url or "@" in self.url.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the fleet goes: a version of the template that is named, or of each one's own.

    `checks` is the Python whose packages the template's static checks need; empty: none are run.
    `candidate` is what a commit will be called that is not released: it has no signature yet.
    """

    template: str | None = None
    to: str | None = None
    checks: str = ""
    candidate: str = ""


def job(repository: Repository) -> Job:
    """Return the job of a repository that the ledger knows."""
    kind = repository.source.partition(":")[0]
    forge = kind if kind in FORGES else _offered(repository)
    return Job(repository.key, repository.url, repository.branch, forge)


def _offered(repository: Repository) -> str:
    # a list names no forge; git sends a token to the forge that it is for, and to no other
    if not repository.url.startswith(("https://", "http://")):
        return ""
    kind = kind_at(repository.key.partition("/")[0])
    return kind if has_token(kind) else ""
