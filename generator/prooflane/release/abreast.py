"""Does several long works at once and tells what each of them tells, in one stream."""

import os
import queue
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

from prooflane.event import Event

T = TypeVar("T")
Work = Generator[Event, None, T]


def abreast(works: Sequence[Work[T]], workers: int) -> Generator[Event, None, list[T]]:
    """Return what `works` come to, in their order; so many `workers` are at it at a time.

    Whoever stops listening, by an interrupt above all, ends all of them: each is closed where it
    stands.
    """
    said: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    stop = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(_drained, work, said, stop) for work in works]
        try:
            for _ in futures:
                while event := said.get():
                    yield event
        finally:
            stop.set()
        return [future.result() for future in futures]


def cores() -> int:
    """Return how many of them this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _drained(work: Work[T], said: "queue.SimpleQueue[Event | None]", stop: threading.Event) -> T:
    try:
        with closing(work):
            while not stop.is_set():
                said.put(next(work))
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        said.put(None)
    raise InterruptedError
