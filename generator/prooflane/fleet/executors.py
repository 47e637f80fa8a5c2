"""Where the work is done: threads, processes, or a Dask cluster, all behind `concurrent.futures`.

Work goes out in chunks, a few ahead of what is done, so that ten thousand repositories take no more
memory than a hundred. A chunk whose worker died is done again, one repository at a time, in a pool
of its own: the one that kills workers is found, and the others are not lost with it.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from prooflane.errors import ProoflaneError

A = TypeVar("A")
B = TypeVar("B")
KINDS = ("threads", "processes", "dask")
HINT = "--executor takes threads, processes, threads:4, processes:4 or dask:HOST:PORT"
BEAT = 1.0
# beats for which a cluster may be without a worker: one that was killed is started again
PATIENCE = 120
# a task of Dask costs a few milliseconds, one of a pool a tenth of one
CHUNK = {"threads": 4, "processes": 8, "dask": 64}
AHEAD = 3


@dataclass(frozen=True, slots=True)
class How:
    """Which kind of workers, how many of them, and, for Dask, where."""

    kind: str
    workers: int
    address: str = ""

    @property
    def chunk(self) -> int:
        """How many repositories are sent at once."""
        return CHUNK[self.kind]


@dataclass(frozen=True, slots=True)
class Pool:
    """Workers that run, how many, and what says why none of them runs any more."""

    executor: Executor
    workers: int
    lost: Callable[[], str] = str


def parse(text: str) -> How:
    """Return what `--executor TEXT` asks for.

    Raises:
        ProoflaneError: when it asks for nothing that there is.
    """
    kind, _, rest = text.partition(":")
    if kind == "dask" and rest:
        return How(kind, 0, rest)
    if kind not in {"threads", "processes"} or (rest and not rest.isdigit()) or rest == "0":
        raise ProoflaneError(f"there is no executor {text!r}", HINT)
    return How(kind, int(rest) if rest else _cores())


def run(
    how: How, work: Callable[[tuple[A, ...]], list[B]], items: Sequence[A], lost: Callable[[A], B]
) -> Iterator[B | None]:
    """Give what `work` makes of `items`, in any order; `lost` is said of one that killed a worker.

    None is given each second in which nothing ended, so that whoever waits can say that it works.

    Raises:
        ProoflaneError: when there are no such workers, or none any more.
    """
    left = deque(tuple(items[at : at + how.chunk]) for at in range(0, len(items), how.chunk))
    suspects: list[tuple[A, ...]] = []
    while left:
        with _pool(how) as pool:
            suspects += yield from _until_broken(pool, work, left)
    yield from _singly(deque(item for chunk in suspects for item in chunk), work, lost)


def _until_broken(
    pool: Pool,
    work: Callable[[tuple[A, ...]], list[B]],
    left: deque[tuple[A, ...]],
) -> Generator[B | None, None, list[tuple[A, ...]]]:
    running: dict[Future[list[B]], tuple[A, ...]] = {}
    suspects: list[tuple[A, ...]] = []
    is_broken, idle = False, 0
    while running or (left and not is_broken):
        while left and len(running) < pool.workers * AHEAD and not is_broken:
            try:
                running[pool.executor.submit(work, left[0])] = left[0]
                left.popleft()
            except BrokenExecutor:
                is_broken = True
        done, _ = wait(running, BEAT, return_when=FIRST_COMPLETED)
        if not done:
            idle = _idle(pool, idle)
            yield None
        for future in done:
            chunk = running.pop(future)
            if error := _error(future):
                # work tells of its own errors: this one is of the pool, or of the worker
                is_broken = is_broken or isinstance(error, BrokenExecutor)
                suspects.append(chunk)
            else:
                yield from future.result()
    return suspects


def _error(future: Future[list[B]]) -> BaseException | None:
    return BrokenExecutor() if future.cancelled() else future.exception()


def _idle(pool: Pool, beats: int) -> int:
    if not (why := pool.lost()):
        return 0
    if beats >= PATIENCE:
        raise ProoflaneError(why, "start workers, and run this again")
    return beats + 1


def _singly(
    left: deque[A], work: Callable[[tuple[A, ...]], list[B]], lost: Callable[[A], B]
) -> Iterator[B | None]:
    while left:
        with _processes(1) as pool:
            is_broken = False
            while left and not is_broken:
                future = pool.executor.submit(work, (left[0],))
                while not wait((future,), BEAT).done:
                    yield None
                is_broken = future.exception() is not None
                item = left.popleft()
                yield lost(item) if is_broken else future.result()[0]


def _pool(how: How) -> AbstractContextManager[Pool]:
    if how.kind == "dask":
        return _dask(how.address)
    return _processes(how.workers) if how.kind == "processes" else _threads(how.workers)


@contextmanager
def _threads(workers: int) -> Iterator[Pool]:
    pool = ThreadPoolExecutor(workers)
    try:
        yield Pool(pool, workers)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _processes(workers: int) -> Iterator[Pool]:
    # a forked worker would inherit what the ledger and other threads hold
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield Pool(pool, workers)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _dask(address: str) -> Iterator[Pool]:
    try:
        from distributed import Client  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        message = "the library for Dask is not installed"
        raise ProoflaneError(message, "pip install 'prooflane[dask]'") from error
    try:
        client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ProoflaneError(f"no Dask cluster answers at {address!r}", HINT) from error
    with client:

        def workers() -> int:
            return len(client.scheduler_info(n_workers=-1)["workers"])

        def lost() -> str:
            return "" if workers() else f"the Dask cluster at {address!r} lost all of its workers"

        if not workers():
            raise ProoflaneError(f"the Dask cluster at {address!r} has no worker", "start one")
        # work has an effect outside of Dask: two equal tasks are two tasks
        options = {"pure": False, "retries": 2}
        executor = client.get_executor(**options)  # type: ignore[no-untyped-call]
        yield Pool(executor, workers(), lost)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
