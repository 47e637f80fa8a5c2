"""Asks the questions of the queue, so many at a time, each as `ask` does: a run by itself.

A question that is refused waits for the next time; one that fails does so three times. A limit of
calls a minute is waited out. Who kills the process loses nothing: the questions that were under way
are asked again, in the same runs, and what a provider was paid for the first time stays booked.
"""

import secrets
import threading
from concurrent.futures import wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from controls import ask
from controls.errors import ControlsError
from controls.gateway import ledger
from controls.gateway.batch.queue import Job, Queue
from controls.gateway.batch.together import Together, office
from controls.gateway.refusal import LimitRefused, Refused
from controls.run import Cap
from controls.threads import threads

LEAST_PAUSE = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the queue is to be worked on: so many questions at once, under which ceiling."""

    at_once: int
    cap: Cap | None
    poll_seconds: float | None  # of a provider's batch; None asks one by one


@dataclass(frozen=True, slots=True)
class _Shift:
    """What the workers of one run of the queue share."""

    queue: Queue
    cap: Cap | None
    together: Together | None
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    over: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Begin nothing more; a call that is under way ends, one at a provider's batch is left."""
        self.over.set()
        if self.together:
            self.together.leave()


def work(root: Path, wanted: Wanted) -> int:
    """Ask what waits in the queue of `root`, once, and return how much had been cut off before.

    Raises:
        ControlsError: when another process works on it, or it cannot be written.
    """
    queue = Queue(root)
    with ExitStack() as stack:
        stack.enter_context(queue.alone())
        resumed = queue.resume()
        together = None
        if wanted.poll_seconds is not None:
            opened = office(queue, wanted.at_once, wanted.poll_seconds)
            together = stack.enter_context(opened)
        _all(_Shift(queue, wanted.cap, together), wanted.at_once)
    return resumed


def _all(shift: _Shift, at_once: int) -> None:
    with threads(at_once) as pool:
        workers = [pool.submit(_worker, shift) for _ in range(at_once)]
        try:
            wait(workers)
        except BaseException:
            shift.stop()
            raise
        for each in workers:
            each.result()


def _worker(shift: _Shift) -> None:
    try:
        while not shift.over.is_set() and (job := shift.queue.take(shift.name)):
            _one(shift, job)
    except BaseException:
        shift.stop()
        raise


def _one(shift: _Shift, job: Job) -> None:
    if shift.together:
        _handed_over(shift.queue, job)
    while True:
        try:
            answer = _asked(shift, job)
        except LimitRefused as refusal:
            if shift.over.wait(max(refusal.seconds, LEAST_PAUSE)):
                shift.queue.unanswered(job, refusal.message, counts=False)
                return
        except ControlsError as error:
            counts = not isinstance(error, Refused)
            shift.queue.unanswered(job, error.message, counts=counts)
            return
        except Exception as error:  # noqa: BLE001  the workflow is somebody else's code
            told = f"the workflow failed: {type(error).__name__}: {error}"
            shift.queue.unanswered(job, told, counts=True)
            return
        else:
            shift.queue.answered(job, answer)
            return


def _asked(shift: _Shift, job: Job) -> dict[str, object]:
    asked = job.asked
    done = ask.ask(
        shift.queue.root,
        asked.question,
        user=asked.user,
        workspace=asked.workspace,
        data=asked.data,
        cap=shift.cap,
        run_id=job.run_id,
        together=shift.together.of(job.run_id) if shift.together else None,
    )
    return ask.as_data(done)


def _handed_over(queue: Queue, job: Job) -> None:
    """Free what a killed process reserved for calls that a provider works on: they go on as new."""
    tickets = queue.tickets(job.run_id)
    books = ledger.open(queue.root)
    held = books.held(job.run_id) if tickets else []
    if tickets and len(held) == tickets:
        for hold in held:
            books.settle(hold, ledger.RESUMED)
