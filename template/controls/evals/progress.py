"""Shows that a run is alive: a bar on a terminal, elsewhere a line at least every five seconds.

Writes to the error stream, so that `--json` on the output stays JSON.
"""

import threading
import time
from typing import TextIO

EVERY_SECONDS = 4.0  # a line is late where the machine is busy
_WIDTH = 30


class Progress:
    """Counts finished cases; call it once for each, from any thread."""

    def __init__(self, total: int, name: str, stream: TextIO) -> None:
        self._total = total
        self._name = name
        self._stream = stream
        self._terminal = stream.isatty()
        self._lock = threading.Lock()
        self._done = 0
        self._began = self._shown = time.monotonic()
        self._closed = threading.Event()
        self._write()
        if not self._terminal:
            threading.Thread(target=self._beat, daemon=True).start()

    def __call__(self) -> None:
        """Count one case as finished."""
        with self._lock:
            self._done += 1
            if self._terminal:
                self._write()

    def close(self) -> None:
        """End the bar; nothing is written afterwards."""
        self._closed.set()
        if self._terminal:
            with self._lock:
                print(file=self._stream)

    def _beat(self) -> None:
        while not self._closed.wait(EVERY_SECONDS):
            with self._lock:
                self._write()

    def _write(self) -> None:
        took = time.monotonic() - self._began
        counted = f"{min(self._done, self._total)} of {self._total} cases"
        if self._done > self._total:
            counted += f", {self._done - self._total} run again"
        if self._terminal:
            filled = _WIDTH * min(self._done, self._total) // max(self._total, 1)
            bar = "█" * filled + "░" * (_WIDTH - filled)
            print(
                f"\r{self._name} {bar} {counted}  {took:.0f} s",
                end="",
                file=self._stream,
                flush=True,
            )
        else:
            print(f"{self._name}: {counted}, {took:.0f} s", file=self._stream, flush=True)
