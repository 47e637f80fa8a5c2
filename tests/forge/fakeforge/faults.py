"""What goes wrong on demand: once, some times, or at random with a seed.

`before` answers without doing anything; `after` does what was asked and never says so, which is
what a time-out looks like from outside.
"""

import random
import threading
from dataclasses import dataclass

KINDS = ("403", "422", "500", "502", "retry-after", "time-out", "lost", "garbled")


@dataclass
class Planned:
    kind: str
    method: str
    path: str
    times: int


class Faults:
    """Decides for each request whether something goes wrong with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Planned] = []
        self._random: random.Random | None = None
        self._share = 0.0
        self._kinds: tuple[str, ...] = ()
        self._left: dict[str, int] = {}
        self._each = 0
        self.happened: list[tuple[str, str, str]] = []
        self.seconds = 1.0  # how long a time-out keeps a client waiting
        self.retry_after = 1  # what Retry-After says, in seconds

    def plan(self, kind: str, method: str = "", path: str = "", times: int = 1) -> None:
        """Let the next `times` requests that match go wrong."""
        assert kind in KINDS, kind
        self._planned.append(Planned(kind, method, path, times))

    def at_random(self, seed: int, share: float, kinds: tuple[str, ...], each: int) -> None:
        """Let a `share` of the requests go wrong, at most `each` times for one path."""
        self._random, self._share, self._kinds, self._each = (
            random.Random(seed),  # noqa: S311 - faults that can be repeated
            share,
            kinds,
            each,
        )

    def next(self, method: str, path: str) -> str:
        """Return what goes wrong with this request; nothing does when it is empty."""
        with self._lock:
            kind = self._of_plan(method, path) or self._by_chance(method, path)
            if kind:
                self.happened.append((kind, method, path))
            return kind

    def _of_plan(self, method: str, path: str) -> str:
        for row in self._planned:
            if row.times and row.method in {"", method} and row.path in path:
                row.times -= 1
                return row.kind
        return ""

    def _by_chance(self, method: str, path: str) -> str:
        if self._random is None or self._random.random() >= self._share:
            return ""
        key = f"{method} {path.partition('?')[0]}"
        if self._left.setdefault(key, self._each) == 0:
            return ""
        self._left[key] -= 1
        return self._random.choice(self._kinds)
