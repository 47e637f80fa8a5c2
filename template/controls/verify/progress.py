"""One line a step while `verify` runs, and what a failed step printed below its line.

On a terminal the sign of life overwrites itself; elsewhere it is a line of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from controls.check.model import State
from controls.paint import Paint
from controls.verify.execute import Ran, Waiting

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Progress:
    """Writes to `stream` in the way of `paint`."""

    stream: TextIO
    paint: Paint

    def say(self, text: str = "") -> None:
        """Write a line at once."""
        clear = "\r\x1b[K" if self.paint.width else ""
        self.stream.write(f"{clear}{self.paint.plain(text)}\n")
        self.stream.flush()

    def waiting(self, event: Waiting) -> None:
        """Write that steps still run."""
        text = f"  … {event.seconds:.0f} s, still running: {', '.join(event.names)}"
        if self.paint.width:
            self.stream.write(f"\r\x1b[K{self.paint.plain(text)}")
            self.stream.flush()
        else:
            self.say(text)

    def ended(self, ran: Ran, detail: str, complaint: str) -> None:
        """Write how a step ended, and below a failed one the end of what it said."""
        state = State.ok if ran.passed else State.failed
        text = f"  {self.paint.mark(state)} {ran.name:<9}{ran.seconds:>5.1f} s   {detail}"
        self.say(text.rstrip())
        if not ran.passed:
            for line in _tail(complaint):
                self.say(f"      {line}")


def _tail(output: str) -> Iterator[str]:
    lines = output.splitlines()
    if len(lines) > SHOWN:
        yield f"… {len(lines) - SHOWN} lines before"
    yield from lines[-SHOWN:]
