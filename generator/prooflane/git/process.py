"""Starts git with an environment of our own.

Decides what git inherits: a hook's `GIT_DIR` would redirect each command to another repository, a
translated message could not be read. What is said to git is decided by the neighbours.
"""

import os
import subprocess
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
QUIET = tuple(
    part
    for setting in (
        *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false"),
        # the cache holds bare repositories, which a careful user's settings refuse
        "safe.bareRepository=all",
    )
    for part in ("-c", setting)
)


def environment(outer: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return `outer` without what would redirect git, in the language that we can read."""
    outer = os.environ if outer is None else outer
    kept = {key: value for key, value in outer.items() if _is_harmless(key)}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def git(*args: str, cwd: Path | None = None, stdin: bytes = b"") -> bytes:
    """Return what git prints.

    Raises:
        ProoflaneError: when there is no git, or it fails.
    """
    done = attempt(*args, cwd=cwd, stdin=stdin)
    if done.returncode:
        raise failure(args, done.stderr.decode(errors="replace"))
    return done.stdout


def attempt(
    *args: str, cwd: Path | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Return how git ended, whatever its status.

    Raises:
        ProoflaneError: when there is no git.
    """
    try:
        return subprocess.run(
            ("git", *QUIET, *args),
            cwd=cwd,
            input=stdin,
            capture_output=True,
            env=environment(),
            check=False,
        )
    except FileNotFoundError as error:
        raise missing() from error


@contextmanager
def reader(*args: str, cwd: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Give the input and output of a running git, which ends with the context."""
    command, pipe = ("git", *QUIET, *args), subprocess.PIPE
    with subprocess.Popen(command, cwd=cwd, stdin=pipe, stdout=pipe, env=environment()) as child:
        assert child.stdin
        assert child.stdout
        try:
            yield child.stdin, child.stdout
        finally:
            child.stdin.close()


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


def _is_harmless(key: str) -> bool:
    return not key.startswith("GIT_") or key in KEPT or key.startswith(KEPT_PREFIXES)
