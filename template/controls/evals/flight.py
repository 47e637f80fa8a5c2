"""Counts the cases that are under way, so that one may wait until another has ended.

What a case that waits does then, and when it may, is decided in `task.py`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Flight:
    """The cases under way in this process; used from any thread."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._under_way = 0
        self._ended = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count a case as under way until the block ends."""
        with self._turn:
            self._under_way += 1
        try:
            yield
        finally:
            with self._turn:
                self._under_way -= 1
                self._ended += 1
                self._turn.notify_all()

    def another_ends(self) -> bool:
        """Wait, from within `one`, until another case has ended; say at once if all others wait."""
        with self._turn:
            before = self._ended
            self._under_way -= 1
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._ended > before or not self._under_way)
            self._under_way += 1
            return self._ended > before
