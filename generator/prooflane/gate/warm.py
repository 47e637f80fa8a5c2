"""A process that runs the template's `controls` on many trees, one after the other.

What is executed is the template's own code, from a folder that holds nothing else: no code of a
repository is ever on its path. It is asked through its public command line.
"""

import json
import select
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from prooflane.gate.process import OUTER
from prooflane.git.process import environment, start

PATIENCE = 60.0
ENDED = "the process of the controls ended"
SCRIPT = """
import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
def main(words):
    from controls.cli import main
    main(words)
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(json.loads(line))
    except BaseException as error:
        err.write(f"{type(error).__name__}: {error}")
    print(json.dumps([out.getvalue(), err.getvalue()]), flush=True)
"""


class Warm:
    """A running process; `ask` gives what one command printed and said."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child

    def ask(self, root: Path, *words: str) -> tuple[str, str]:
        """Return what `controls WORDS` prints as data in `root`, and its errors."""
        asked, answers = self._child.stdin, self._child.stdout
        assert asked
        assert answers
        try:
            command = [*words, "--json", "--root", str(root)]
            asked.write(json.dumps(command).encode() + b"\n")
            asked.flush()
            line = _line(answers)
        except (BrokenPipeError, TimeoutError) as error:
            self.end()
            return "", str(error) or ENDED
        said = json.loads(line) if line else ["", ENDED]
        return str(said[0]), str(said[1])

    def end(self) -> None:
        """End the process."""
        with suppress(ProcessLookupError):
            self._child.kill()
        self._child.communicate()


@contextmanager
def warm(python: str, code: Path) -> Iterator[Warm]:
    """Give a process of `python` that runs the controls in `code` while the context lasts."""
    pipe = subprocess.PIPE
    env = {key: value for key, value in environment().items() if key not in OUTER}
    # isolated: neither this folder nor the user's own packages are on the path
    command = (python, "-I", "-c", SCRIPT, str(code))
    child = start(command, cwd=code, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
    running = Warm(child)
    try:
        yield running
    finally:
        running.end()


def rows(printed: str) -> Mapping[str, object]:
    """Return the data that a command printed; nothing when it is none."""
    try:
        said = json.loads(printed)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _line(answers: IO[bytes]) -> bytes:
    until = time.monotonic() + PATIENCE
    while not select.select([answers], [], [], max(0.0, until - time.monotonic()))[0]:
        if time.monotonic() >= until:
            raise TimeoutError(f"the controls took more than {PATIENCE:.0f} s")
    return answers.readline()


def reason(said: str) -> str:
    """Return the sentence in what a command said when it gave no data."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[0].removeprefix("error: ") if lines else "it ended without a word"
