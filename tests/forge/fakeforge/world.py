"""What the forge holds: accounts, repositories, pull requests, checks, and each write."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fakeforge import branches
from fakeforge.faults import Faults

READ, WRITE = frozenset({"read"}), frozenset({"read", "write"})


@dataclass
class Account:
    login: str
    token: str
    scopes: frozenset[str] = WRITE


@dataclass
class Comment:
    author: str
    text: str
    is_member: bool = True
    at: str = "2026-11-01T12:00:00Z"


@dataclass
class Pull:
    number: int
    title: str
    body: str
    source: str
    target: str
    author: str
    is_draft: bool = False
    state: str = "open"  # open, closed, merged
    comments: list[Comment] = field(default_factory=list)


@dataclass
class Repository:
    id: int
    name: str  # owner/name
    bare: Path
    default: str = "main"
    is_archived: bool = False
    is_dead: bool = False
    needs_approval: bool = False
    readers: frozenset[str] = frozenset()  # accounts that may not write here
    pulls: list[Pull] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)  # commit -> success, failure, pending

    @property
    def owner(self) -> str:
        return self.name.rpartition("/")[0]

    def open_pulls(self) -> list[Pull]:
        return [pull for pull in self.pulls if pull.state == "open"]

    def commit(self, branch: str) -> str | None:
        return branches.commit(self.bare, branch)


@dataclass(frozen=True)
class Written:
    login: str
    at: float
    method: str
    path: str
    status: int


class World:
    """Everything that the forge knows; `lock` guards it against the threads of the server."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.repositories: dict[str, Repository] = {}
        self.renamed: dict[str, str] = {}  # old name -> new name
        self.accounts: dict[str, Account] = {}
        self.faults = Faults()
        self.written: list[Written] = []
        self.seen_tokens: set[str] = set()
        self.refuses_duplicates = True
        self.per_minute = 0  # 0: no limit of the forge's own
        self.account("prooflane-bot", "token-of-the-bot")

    def account(self, login: str, token: str, scopes: frozenset[str] = WRITE) -> Account:
        self.accounts[token] = Account(login, token, scopes)
        return self.accounts[token]

    def add(self, name: str, bare: Path, **facts: object) -> Repository:
        """Put the bare repository at `bare` on the forge as `name` (owner/name)."""
        made = Repository(len(self.repositories) + 1, name, bare, **facts)  # type: ignore[arg-type]
        self.repositories[name] = made
        return made

    def rename(self, old: str, new: str) -> None:
        repository = self.repositories.pop(old)
        repository.name = new
        self.repositories[new] = repository
        self.renamed = {key: new if name == old else name for key, name in self.renamed.items()}
        self.renamed[old] = new

    def protect(self, name: str, pattern: str) -> None:
        """Refuse pushes to the branches that `pattern` covers."""
        branches.protect(self.repositories[name].bare, pattern)

    def merge(self, pull: Pull, repository: Repository) -> str:
        """Merge as the button does, and return the new commit of the target branch."""
        with self.lock:
            commit = branches.merge(repository.bare, pull.source, pull.target, pull.title)
            pull.state = "merged"
            return commit

    def open(self, repository: Repository, pull: Pull) -> Pull:
        with self.lock:
            repository.pulls.append(pull)
            return pull

    def note(self, login: str, method: str, path: str, status: int) -> None:
        with self.lock:
            self.written.append(Written(login, time.monotonic(), method, path, status))

    def recent(self, login: str, seconds: float) -> int:
        """Return how many writes of `login` came in the last `seconds`."""
        since = time.monotonic() - seconds
        with self.lock:
            return sum(row.login == login and row.at > since for row in self.written)

    def most_within(self, login: str, seconds: float) -> int:
        """Return the most writes of `login` in any window of `seconds`."""
        times = sorted(row.at for row in self.written if row.login == login)
        return max(
            (sum(start <= at < start + seconds for at in times) for start in times), default=0
        )


def now() -> str:
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
