"""A bare clone of one repository in the user's cache: its newest files, and the branch of a sync.

Only the tip is fetched. A clone can be removed at any time: the next run makes it again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.forge.model import ForgeError, Remote, Trouble
from prooflane.git import process, repository
from prooflane.source import cache

BASE = "refs/prooflane/base"
HEADS = "refs/heads/"
NOWHERE = ("not found", "does not exist", "not appear to be a git repository")


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone of `remote`; git may go there with `environment`."""

    place: Path
    remote: Remote
    environment: Mapping[str, str]

    def fetch(self) -> str:
        """Fetch the tip of the base branch, and return its commit.

        Raises:
            ForgeError: when it cannot be fetched.
        """
        self._init()
        self.get(f"+{HEADS}{self.remote.branch}:{BASE}")
        found = repository.resolve(self.place, BASE)
        if found is None:
            raise ForgeError(Trouble.refused, f"{self.remote.path!r} has no commit yet")
        return found

    def get(self, *refs: str) -> None:
        """Fetch `refs`, without their history.

        Raises:
            ForgeError: when they cannot be fetched.
        """
        options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head")
        self._run("fetch", *options, "--", self.remote.url, *refs)

    def has(self, commit: str) -> bool:
        """Say whether the clone holds `commit`."""
        return repository.resolve(self.place, commit) is not None

    def start(self, branch: str, commit: str) -> None:
        """Let HEAD be `branch`, at `commit`."""
        process.git("update-ref", f"{HEADS}{branch}", commit, cwd=self.place)
        process.git("symbolic-ref", "HEAD", f"{HEADS}{branch}", cwd=self.place)

    def push(self, branch: str, commit: str, expected: str) -> None:
        """Let the forge's `branch` be `commit`, when it is at `expected` or, empty, not there.

        Raises:
            ForgeError: when somebody else wrote to it, or the forge refuses it.
        """
        lease = f"--force-with-lease={HEADS}{branch}:{expected}"
        options = ("--quiet", "--no-verify", "--porcelain", lease)
        self._run("push", *options, "--", self.remote.url, f"{commit}:{HEADS}{branch}")

    def _init(self) -> None:
        if not (self.place / "HEAD").is_file():
            try:
                self.place.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                message = f"the cache folder {str(self.place)!r} cannot be written"
                hint = "set XDG_CACHE_HOME to a folder of yours"
                raise ProoflaneError(message, hint) from error
            process.git("init", "-q", "--bare", "--template=", str(self.place))

    def _run(self, *args: str) -> None:
        done = process.attempt(*args, cwd=self.place, env=self.environment)
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise _trouble(self.remote.path, args[0], said)


def clone(remote: Remote, environment: Mapping[str, str]) -> Clone:
    """Return the clone of `remote`, there or not."""
    digest = hashlib.sha256(remote.key.encode()).hexdigest()[:24]
    # a template may ask for the name of the folder
    name = Path(remote.path).name.removesuffix(".git")
    return Clone(cache.folder("fleet") / digest / name, remote, environment)


def _trouble(path: str, verb: str, said: str) -> ForgeError:
    text = said.lower()
    reason = _reason(said)
    if "stale info" in text:
        hint = "look at the branch, and remove it if it is of no use"
        return ForgeError(Trouble.refused, f"somebody else wrote to the branch of {path!r}", hint)
    if "protected" in text or "hook declined" in text:
        hint = "let the identity push to prooflane/*, or exempt that pattern"
        message = f"{path!r} protects its branches: {reason}"
        return ForgeError(Trouble.protected, message, hint)
    if "403" in text or "401" in text or "authentication failed" in text:
        hint = "the token needs to write contents and pull requests"
        return ForgeError(Trouble.scope, f"git {verb} may not reach {path!r}", hint)
    if any(word in text for word in NOWHERE):
        return ForgeError(Trouble.gone, f"{path!r} is not there", "fleet scan drops it")
    message = f"git {verb} of {path!r} failed: {reason}"
    return ForgeError(Trouble.unreachable, message, "the same command tries it again")


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    remote = [line.removeprefix("remote: ") for line in lines if line.startswith("remote: ")]
    fatal = [line.partition(": ")[2] for line in lines if line.startswith(("fatal:", "error:"))]
    return ((remote or fatal or lines or ["no reason given"])[0]).rstrip(". ")
