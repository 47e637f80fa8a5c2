"""Starts git with an environment of our own.

Decides what git inherits: a hook's `GIT_DIR` would redirect each command to another repository, a
translated message could not be read. What is said to git is decided by the neighbours.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from prooflane.errors import ProoflaneError

KEPT = (
    *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
    *("GIT_ASKPASS", "GIT_EXEC_PATH", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL"),
    *("GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"),
)
KEPT_PREFIXES = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_SSL_")
# what holds in a person's own work tree, whose line ends and filters stay theirs
OWN = tuple(
    part
    for setting in (
        *("core.hooksPath=/dev/null", "core.fsmonitor=false"),
        # the cache holds bare repositories, which a careful user's settings refuse
        "safe.bareRepository=all",
    )
    for part in ("-c", setting)
)
QUIET = (*OWN, "-c", "core.autocrlf=false")


def environment(outer: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return `outer` without what would redirect git, in the language that we can read."""
    outer = os.environ if outer is None else outer
    kept = {key: value for key, value in outer.items() if _is_harmless(key)}
    # a status that is killed while it refreshes the index would leave git's lock behind
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def git(
    *args: str,
    cwd: Path | None = None,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> bytes:
    """Return what git prints.

    Raises:
        ProoflaneError: when there is no git, or it fails.
    """
    done = attempt(*args, cwd=cwd, stdin=stdin, env=env)
    if done.returncode:
        raise failure(args, done.stderr.decode(errors="replace"))
    return done.stdout


def attempt(
    *args: str,
    cwd: Path | None = None,
    stdin: bytes = b"",
    settings: Sequence[str] = QUIET,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Return how git ended, whatever its status; an interrupt, or the `timeout`, ends it first.

    Raises:
        ProoflaneError: when there is no git.
    """
    command = ("git", *settings, *args)
    with _start(command, cwd, stderr=subprocess.PIPE, env=env) as child:
        try:
            out, err = child.communicate(stdin, timeout)
        except BaseException:
            child.kill()
            raise
    return subprocess.CompletedProcess(command, child.returncode, out, err)


@contextmanager
def reader(*args: str, cwd: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Give the input and output of a running git, which ends with the context."""
    with _start(("git", *QUIET, *args), cwd, stderr=None) as child:
        assert child.stdin
        assert child.stdout
        try:
            yield child.stdin, child.stdout
        finally:
            child.stdin.close()


def start(  # noqa: PLR0913 - the part of Popen that both callers need
    command: Sequence[str],
    *,
    cwd: Path | None,
    env: Mapping[str, str],
    stdin: int,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes] | None,
    start_new_session: bool = False,
) -> "subprocess.Popen[bytes]":
    """Return the started `command`, or nothing at all: an interrupt in between ends it."""
    child = None
    try:
        with _holding_interrupts():
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=start_new_session,
            )
    except KeyboardInterrupt:
        if child:
            child.kill()
            child.wait()
        raise
    return child


def missing() -> ProoflaneError:
    """Return the error for a machine without git."""
    return ProoflaneError("git is not installed", "install the package git, 2.38 or newer")


def failure(args: Sequence[str], stderr: str) -> ProoflaneError:
    """Return the error for a git that failed, in git's own words."""
    if "dubious ownership" in stderr:
        owner = stderr.split("'")[1] if "'" in stderr else "PATH"
        message = f"the repository {owner!r} belongs to another user"
        return ProoflaneError(message, f"git config --global --add safe.directory {owner}")
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("fatal:", "error:"))]
    said = (errors or lines or ["no reason given"])[0]
    return ProoflaneError(f"git {args[0]} failed: {said.partition(': ')[2] or said}")


def _start(
    command: Sequence[str],
    cwd: Path | None,
    *,
    stderr: int | None,
    env: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    pipe, env = subprocess.PIPE, {**environment(), **(env or {})}
    try:
        return start(command, cwd=cwd, stdin=pipe, stdout=pipe, stderr=stderr, env=env)
    except FileNotFoundError as error:
        raise missing() from error


@contextmanager
def _holding_interrupts() -> Iterator[None]:
    # one between a process's birth and our knowing it would leave it running, and writing
    held: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    kinds = (signal.SIGINT, signal.SIGTERM) if is_main else ()
    before = {kind: signal.signal(kind, lambda number, _: held.append(number)) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
    for number in held:
        signal.raise_signal(number)


def _is_harmless(key: str) -> bool:
    return not key.startswith("GIT_") or key in KEPT or key.startswith(KEPT_PREFIXES)
