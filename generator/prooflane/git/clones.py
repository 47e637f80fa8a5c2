"""Bare partial clones in a folder of ours: the newest tree of one branch, large blobs left out.

One request brings all that a plan reads of most repositories; what was left out is fetched when it
is asked for. A clone that was cut off is made anew, and so is one whose fetch was killed.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from prooflane.errors import EmptyError, ProoflaneError
from prooflane.git import process

PART = ("--depth=1", "--no-tags", "--filter=blob:limit=256k")
# a server that says nothing for this long is gone
PATIENCE = ("-c", "http.lowSpeedLimit=100", "-c", "http.lowSpeedTime=20")
LONGEST = 300
# what git says of a branch that a server does not have: any other failure is no emptiness
ABSENT = re.compile(r"remote branch .* not found|couldn't find remote ref", re.IGNORECASE)


def current(url: str, branch: str, place: Path, env: Mapping[str, str]) -> Path:
    """Return `place`, a clone of `branch` of `url` as it is now; without a branch, of its HEAD.

    Raises:
        EmptyError: when it has no commit yet.
        ProoflaneError: when it cannot be fetched, or the cache cannot be written.
    """
    with alone(place.parent):
        try:
            _bring(url, branch, place, env)
        except ProoflaneError as error:
            if ABSENT.search(error.message) and _is_empty(url, place.parent, env):
                raise EmptyError(f"{url!r} has no commit yet") from error
            raise
    return place


def _bring(url: str, branch: str, place: Path, env: Mapping[str, str]) -> None:
    try:
        if place.is_dir():
            _fetch(branch, place, env)
            return
    except ProoflaneError:
        if not _was_killed(place):
            raise
    _make(url, branch, place, env)


def _is_empty(url: str, folder: Path, env: Mapping[str, str]) -> bool:
    # the branch is not there: because there is none at all?
    done = attempt("ls-remote", "--quiet", "--", url, cwd=folder, env=env)
    return done.returncode == 0 and not done.stdout


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let nobody else fetch into `folder` while the context lasts; it is made when it is absent.

    Raises:
        ProoflaneError: when it cannot be made or entered.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        message = f"the cache folder {str(folder)!r} cannot be written"
        raise ProoflaneError(message, "set XDG_CACHE_HOME to a folder of yours") from error
    try:
        # the system takes it back from a process that dies
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _fetch(branch: str, place: Path, env: Mapping[str, str]) -> None:
    ref = branch or _branch(place)
    _git("fetch", "--quiet", *PART, "origin", f"+{ref}:refs/heads/{ref}", cwd=place, env=env)


def _was_killed(place: Path) -> bool:
    # nobody fetches now: a lock of git that is still there was left by one that cannot remove it
    return any(place.rglob("*.lock"))


def _make(url: str, branch: str, place: Path, env: Mapping[str, str]) -> None:
    for left in place.parent.glob(".new-*"):
        shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    try:
        named = ("--branch", branch) if branch else ()
        command = ("clone", "--quiet", "--bare", "--single-branch", "--template=", *PART, *named)
        _git(*command, "--", url, str(scratch / "git"), cwd=scratch, env=env)
        if place.is_dir():
            place.rename(scratch / "old")
        (scratch / "git").rename(place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def blob(place: Path, digest: str, env: Mapping[str, str]) -> bytes | None:
    """Return a blob of the clone at `place`, fetched when it is not there; or None.

    Raises:
        ProoflaneError: when it took too long.
    """
    done = attempt("cat-file", "blob", digest, cwd=place, env=env)
    return done.stdout if done.returncode == 0 else None


def _branch(place: Path) -> str:
    said = process.git("symbolic-ref", "--short", "HEAD", cwd=place)
    return said.decode(errors="surrogateescape").strip()


def attempt(*args: str, cwd: Path, env: Mapping[str, str]) -> "subprocess.CompletedProcess[bytes]":
    """Return how git ended, which talked to a server that may be gone.

    Raises:
        ProoflaneError: when it took too long.
    """
    try:
        return process.attempt(*PATIENCE, *args, cwd=cwd, env=env, timeout=LONGEST)
    except subprocess.TimeoutExpired as error:
        raise ProoflaneError(f"git {args[0]} took more than {LONGEST} s") from error


def _git(*args: str, cwd: Path, env: Mapping[str, str]) -> None:
    done = attempt(*args, cwd=cwd, env=env)
    if done.returncode:
        raise process.failure(args, done.stderr.decode(errors="replace"))
