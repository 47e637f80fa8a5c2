"""Starts one command of a repository and tells, while it runs, how far it is.

Decides what the command inherits: no outer virtual environment, no outer make, no hook's git.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from prooflane.event import Phase, Step
from prooflane.git.process import environment, start

TICK, GRACE, TAIL = 0.2, 5.0, 16 * 1024
OUTER = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its status, the last it said, what it printed as data, its seconds."""

    status: int
    said: str
    data: bytes
    seconds: float


def run(
    name: str, command: Sequence[str], root: Path, *, prints_data: bool = False
) -> Generator[Step, None, Ended]:
    """Run `command` in `root` as the step `name`, and return how it ended.

    With `prints_data` its output is kept apart, and only its errors tell how far it is. When the
    caller stops listening, an interrupt above all, the command and its children are ended.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as data:
        with _start(command, root, data if prints_data else said, said) as child:
            try:
                yield Step(name, Phase.running, 0.0)
                while _still_runs(child):
                    yield Step(name, Phase.running, time.monotonic() - started, _last_line(said))
            finally:
                _end(child)
        data.seek(0)
        seconds = time.monotonic() - started
        ended = Ended(child.returncode, _tail(said), data.read(), seconds)
    yield Step(name, Phase.failed if ended.status else Phase.done, ended.seconds)
    return ended


def capture(command: Sequence[str], root: Path) -> bytes:
    """Return what `command` prints, for commands that take a moment."""
    done = subprocess.run(
        command,
        cwd=root,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.stdout


def _start(
    command: Sequence[str], root: Path, out: IO[bytes], err: IO[bytes]
) -> "subprocess.Popen[bytes]":
    # a session of its own: an interrupt at the terminal reaches us first, and then all of it
    return start(
        command,
        cwd=root,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def _still_runs(child: "subprocess.Popen[bytes]") -> bool:
    try:
        child.wait(TICK)
    except subprocess.TimeoutExpired:
        return True
    return False


def _environment() -> dict[str, str]:
    return {key: value for key, value in environment().items() if key not in OUTER}


def _end(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(child.pid, number)
            child.wait(GRACE)
            return


def _tail(log: IO[bytes]) -> str:
    size = os.fstat(log.fileno()).st_size
    return os.pread(log.fileno(), TAIL, max(0, size - TAIL)).decode(errors="replace")


def _last_line(log: IO[bytes]) -> str:
    lines = [line.strip() for line in _tail(log).splitlines() if line.strip()]
    return "".join(char for char in lines[-1] if char.isprintable()) if lines else ""
