"""Runs steps as processes, several at a time, and tells a listener about them in the steps' order.

Keeps going after a failure and never mixes the output of two steps. What is printed, and when, is
the listener's business (`controls.verify.progress`).
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from controls.verify.steps import Step

DROPPED = ("GIT_", "EVAL_SET", "MAX_COST_USD", "MIN_PASS_RATE", "PYTEST_", "RUFF_", "PYREFLY_")


@dataclass(frozen=True, slots=True)
class Ran:
    """A step that ended: `output` is what its failed commands printed, `out` every result."""

    name: str
    passed: bool
    seconds: float
    output: str
    out: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing ended for a while; `names` are the steps that still run."""

    names: tuple[str, ...]
    seconds: float


def execute(
    root: Path, steps: Sequence[Step], workers: int, every: float
) -> Iterator[Ran | Waiting]:
    """Yield each step's end in the order of `steps`, and a sign of life every `every` seconds."""
    started = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        futures = {step.name: pool.submit(_run, root, step) for step in steps}
        try:
            for future in futures.values():
                yield from _until_done(future, futures, started, every)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _until_done(
    future: Future[Ran], all_: dict[str, Future[Ran]], started: float, every: float
) -> Iterator[Ran | Waiting]:
    while True:
        try:
            yield future.result(timeout=every)
        except TimeoutError:
            names = tuple(name for name, other in all_.items() if not other.done())
            yield Waiting(names, time.monotonic() - started)
        else:
            return


def _run(root: Path, step: Step) -> Ran:
    started = time.monotonic()
    if step.refused:
        return Ran(step.name, passed=False, seconds=0.0, output=step.refused, out="")
    done = [_process(root, command) for command in step.commands]
    return Ran(
        name=step.name,
        passed=all(process.returncode == 0 for process in done),
        seconds=time.monotonic() - started,
        output="\n".join(_text(process) for process in done if process.returncode),
        out="\n".join(process.stdout for process in done),
    )


def _text(process: subprocess.CompletedProcess[str]) -> str:
    return f"{process.stdout}\n{process.stderr}".strip()


def _process(root: Path, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=root,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        message = f"{Path(command[0]).name} cannot start: {error.strerror}\nhint: make setup"
        return subprocess.CompletedProcess(command, 127, "", message)


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(DROPPED)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept | {"PATH": path, "PYTHONUTF8": "1", "NO_COLOR": "1"}
