"""Shows events while a command works: a moving line on a terminal, a line every 5 s elsewhere."""

import shutil
from dataclasses import dataclass, field
from typing import TextIO

from prooflane.event import Event, Notice, Phase, Step
from prooflane.report.paint import Paint, paint

EVERY = 4.5  # a step ticks five times a second, and five seconds of silence are too many
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
MARKS = {Phase.done: ("green", "✓"), Phase.failed: ("red", "✗")}


@dataclass(slots=True)
class Progress:
    """Writes events to `stream`; `said` is when the running step last had a line."""

    stream: TextIO
    said: float = field(default=0.0, init=False)
    frame: int = field(default=0, init=False)

    def show(self, event: Event) -> None:
        """Write `event`, if it is worth a line now."""
        if isinstance(event, Notice):
            self._line(f"note: {event.text}")
        elif event.phase is not Phase.running:
            self._finish(event)
        elif self.stream.isatty():
            self._spin(event)
        else:
            self._tick(event)

    def _tick(self, step: Step) -> None:
        if step.seconds == 0 or step.seconds - self.said >= EVERY:
            self.said = step.seconds
            self._line(_running(step))

    def _spin(self, step: Step) -> None:
        self.frame = (self.frame + 1) % len(FRAMES)
        width = shutil.get_terminal_size().columns - 3
        text = _running(step)[:width]
        self.stream.write(f"\r\x1b[K{FRAMES[self.frame]} {text}")
        self.stream.flush()

    def _finish(self, step: Step) -> None:
        self.said = 0.0
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
        style, mark = MARKS[step.phase]
        self._line(f"{self._paint()(style, mark)} {step.name} ({step.seconds:.1f} s)")

    def _line(self, text: str) -> None:
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def _paint(self) -> Paint:
        return paint(self.stream)


def _running(step: Step) -> str:
    line = f": {step.line}" if step.line else ""
    return f"{step.name} {step.seconds:.0f} s{line}"
