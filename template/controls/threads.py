"""Threads that can run a synchronous workflow whose model client is asynchronous."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads with an event loop each; loops are closed when all threads have ended."""
    loops: list[asyncio.AbstractEventLoop] = []

    def begin() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    with ThreadPoolExecutor(count, initializer=begin) as pool:
        yield pool
    for loop in loops:
        loop.run_until_complete(loop.shutdown_asyncgens())  # closes a provider's connections
        loop.close()
