"""A repository of the fleet that can be written to: what `prooflane.fleet` reads, and a way back.

The clone is the one that a plan reads: bare, partial, in the user's cache. Its branches are never
moved; a commit goes to the forge by its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from prooflane.errors import ProoflaneError
from prooflane.fleet.job import Job
from prooflane.fleet.reach import Reached, reach
from prooflane.forge.model import ForgeError, Remote, Trouble
from prooflane.git import clones, repository
from prooflane.git.odb import Folders

HEADS = "refs/heads/"
FORBIDDEN = (
    *("returned error: 401", "returned error: 403", "authentication failed"),
    *("could not read username", "permission denied (publickey"),
)
NOWHERE = ("not found", "does not exist", "not appear to be a git repository")


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone of `remote`; git may go there with `environment`."""

    remote: Remote
    environment: Mapping[str, str]

    def reach(self, folders: Folders) -> Reached:
        """Return the tip of the base branch, fetched now.

        Raises:
            ForgeError: when it cannot be fetched.
        """
        job = Job(self.remote.key, self.remote.url, self.remote.branch)
        try:
            return reach(job, folders, self.environment)
        except ProoflaneError as error:
            raise _trouble(self.remote, "fetch", error.message) from error

    def get(self, there: Reached, *commits: str) -> None:
        """Fetch those of `commits` that the clone does not hold, without their history.

        Raises:
            ForgeError: when they cannot be fetched.
        """
        place = there.place.root
        if missing := [one for one in commits if repository.resolve(place, one) is None]:
            options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head")
            with clones.alone(place.parent):
                self._run(there, "fetch", *options, "--", self.remote.url, *missing)

    def tip(self, there: Reached, branch: str) -> str:
        """Return the commit of `branch` on the forge, or nothing.

        Raises:
            ForgeError: when the forge does not say.
        """
        said = self._run(there, "ls-remote", "--", self.remote.url, f"{HEADS}{branch}")
        return said.partition(b"\t")[0].decode()

    def push(self, there: Reached, branch: str, commit: str, expected: str) -> None:
        """Let the forge's `branch` be `commit`, when it is at `expected` or, empty, not there.

        Raises:
            ForgeError: when somebody else wrote to it, or the forge refuses it.
        """
        lease = f"--force-with-lease={HEADS}{branch}:{expected}"
        options = ("--quiet", "--no-verify", "--porcelain", lease)
        self._run(there, "push", *options, "--", self.remote.url, f"{commit}:{HEADS}{branch}")

    def _run(self, there: Reached, *args: str) -> bytes:
        try:
            done = clones.attempt(*args, cwd=there.place.root, env=self.environment)
        except ProoflaneError as error:
            raise _trouble(self.remote, args[0], error.message) from error
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise _trouble(self.remote, args[0], said)
        return done.stdout


def _trouble(remote: Remote, verb: str, said: str) -> ForgeError:
    path, reason = remote.path, _reason(said)
    # a repository may be called protected-403, and that is no answer of a forge
    text = said.replace(remote.url, "").replace(path, "").lower()
    if "stale info" in text:
        hint = "look at the branch, and remove it if it is of no use"
        return ForgeError(Trouble.refused, f"somebody else wrote to the branch of {path!r}", hint)
    if "protected" in text or "hook declined" in text:
        hint = "let the identity push to prooflane/*, or exempt that pattern"
        message = f"{path!r} protects its branches: {reason}"
        return ForgeError(Trouble.protected, message, hint)
    if any(word in text for word in FORBIDDEN):
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
