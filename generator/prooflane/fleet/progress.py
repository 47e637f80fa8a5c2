"""How far a run over the fleet is, as an event: done, of how many, how fast, how long still."""

import time
from collections.abc import Generator, Iterator
from typing import TypeVar

from prooflane.event import Event, Phase, Step

T = TypeVar("T")
TICK = 0.1


def told(name: str, items: Iterator[T | None], total: int) -> Generator[Event, None, list[T]]:
    """Return all `items`, and say in between how far they are; `total` is 0 when nobody knows.

    None is no item: it says that a while has passed.
    """
    started = said = time.monotonic()
    found: list[T] = []
    yield Step(name, Phase.running, 0.0)
    for item in items:
        if item is not None:
            found.append(item)
        now = time.monotonic()
        if now - said >= TICK:
            said = now
            yield Step(name, Phase.running, now - started, pace(len(found), total, now - started))
    yield Step(name, Phase.done, time.monotonic() - started)
    return found


def pace(done: int, total: int, seconds: float) -> str:
    """Return `done` of `total`, the pace so far, and what it leaves to wait for."""
    if not (done and seconds and total):
        return f"{done:,} of {total:,}" if total else f"{done:,}"
    rate = done / seconds
    fast = f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
    return f"{done:,} of {total:,} · {fast} · {span((total - done) / rate)} left"


def span(seconds: float) -> str:
    """Return a duration as a person says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
