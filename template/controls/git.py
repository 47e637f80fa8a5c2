"""Asks git about a repository: the only module of the controls that starts it.

Nothing here changes the repository. The environment's `GIT_*` variables are dropped, but for who
commits: a hook that exports `GIT_DIR` or `GIT_INDEX_FILE` would point every question at another
repository or at half an index. File names are read NUL-separated, so a line break or an accent in
a name is only a name.
"""

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from controls.errors import ControlsError

IDENTITY = ("GIT_AUTHOR_", "GIT_COMMITTER_")


def run(root: Path, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """Return what `git ARGS` prints in `root`.

    Raises:
        ControlsError: when git is missing, `root` is in no repository, or the command fails.
    """
    done = _start(root, args, stdin, env or {})
    if done.returncode:
        raise _failure(root, args, done.stderr.decode(errors="replace"))
    return done.stdout


def text(root: Path, *args: str) -> str:
    """Return one stripped line of `git ARGS`, with the same errors as `run`."""
    return run(root, *args).decode(errors="replace").strip()


def paths(root: Path, *args: str) -> tuple[str, ...]:
    """Return the NUL-separated output of `git ARGS -z` as names relative to `root`."""
    return tuple(os.fsdecode(name) for name in run(root, *args).split(b"\0") if name)


def commit(root: Path, revision: str) -> str | None:
    """Return the id of the commit that `revision` names here, or None when there is none."""
    if not revision or revision.startswith("-"):
        return None
    args = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    done = _start(root, args, b"", {})
    return done.stdout.decode().strip() or None


def objects(
    root: Path, names: Iterable[str], env: Mapping[str, str] | None = None
) -> dict[str, bytes | None]:
    """Return name -> content of each object; None for one that is not there or is ambiguous.

    Raises:
        ControlsError: as `run` does, and when a name holds a line break.
    """
    wanted = tuple(dict.fromkeys(names))
    if any("\n" in name for name in wanted):
        raise ControlsError("a name with a line break cannot be looked up")
    asked = "".join(f"{name}\n" for name in wanted).encode()
    told = run(root, "cat-file", "--batch", stdin=asked, env=env)
    found: dict[str, bytes | None] = {}
    for name in wanted:
        head, _, told = told.partition(b"\n")
        words = head.rsplit(b" ", 2)
        size = int(words[2]) if len(words) == 3 and words[2].isdigit() else -1
        found[name] = told[:size] if size >= 0 else None
        told = told[size + 1 :] if size >= 0 else told
    return found


def files(root: Path) -> tuple[str, ...]:
    """Return the tracked and the untracked, not ignored files that exist below `root`."""
    listed = paths(
        root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"
    )
    return tuple(sorted(name for name in listed if os.path.lexists(root / name)))


def _start(
    root: Path, args: tuple[str, ...], stdin: bytes, extra: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    env = {key: value for key, value in os.environ.items() if _is_harmless(key)}
    env |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", **extra}
    command = ["git", "-c", "core.quotePath=off", "-c", "core.fsmonitor=false", *args]
    try:
        return subprocess.run(
            command, cwd=root, env=env, input=stdin, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise ControlsError("git is not installed", hint="install the package 'git'") from error


def _is_harmless(key: str) -> bool:
    return not key.startswith("GIT_") or key.startswith(IDENTITY)


def _failure(root: Path, args: tuple[str, ...], stderr: str) -> ControlsError:
    if "not a git repository" in stderr:
        return ControlsError(
            f"{str(root)!r} is not in a git repository", hint="git init, then commit"
        )
    if "dubious ownership" in stderr:
        return ControlsError(
            f"{str(root)!r} belongs to another user, so git does not read it",
            hint=f"git config --global --add safe.directory {str(root)!r}",
        )
    lines = stderr.strip().splitlines() or ["no message"]
    return ControlsError(f"git {args[0]} failed: {lines[-1]}")
