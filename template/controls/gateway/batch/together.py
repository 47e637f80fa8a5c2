"""Sends the calls of a batch to their provider as one batch request, at its lower price.

Each call is cleared, filtered and booked like any other; only the asking is another: calls that
are under way at the same time are handed over together, and waited for up to a day. What was handed
over is written to the queue before it is waited for, so that after a kill the result is asked for,
and nothing is asked again. One event loop does all the waiting, because calls share a batch within
one loop alone.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from types import TracebackType
from typing import Self, cast

from pydantic import TypeAdapter
from pydantic_ai import RunContext
from pydantic_ai.capabilities import BatchModelRequests
from pydantic_ai.exceptions import AgentRunError, ModelConnectionError, ModelTimeoutError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import (
    CompletedStreamedResponse,
    Model,
    ModelRequestParameters,
    StreamedResponse,
)
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from controls.gateway import cassettes, clients
from controls.gateway.batch.queue import Queue
from controls.gateway.refusal import Refused
from controls.manifest import Endpoint

COLLECT = timedelta(seconds=2)  # that the first call waits for others
LIVE_ONLY = ("max_retries", "timeout")  # settings of one request, which a batch has not
_TICKET = TypeAdapter(ModelResponse)


@dataclass(frozen=True, slots=True)
class Together:
    """The office where the calls of one queue are collected; `run_id` is added by `of`."""

    queue: Queue
    loop: asyncio.AbstractEventLoop
    batches: BatchModelRequests
    run_id: str = ""

    def of(self, run_id: str) -> "Together":
        """Return the office for the calls of one run."""
        return Together(self.queue, self.loop, self.batches, run_id)

    def leave(self) -> None:
        """Wait for no batch any longer; the queue remembers them."""
        asyncio.run_coroutine_threadsafe(_cancelled(), self.loop).result()

    async def open(self, endpoint: Endpoint) -> Model:
        """Return a model that has `endpoint` asked in a batch.

        Raises:
            Refused: when its provider has no batch requests, or as `clients.open` does.
        """
        opening = asyncio.run_coroutine_threadsafe(clients.open(endpoint), self.loop)
        model = await asyncio.wrap_future(opening)
        if model.batch_max_requests is None:
            raise Refused(
                f"model {endpoint.ref!r} takes no batch requests",
                "leave out --provider: the questions are then asked one by one",
                "batch",
            )
        return Batched(model, endpoint.ref, self)


class Batched(WrapperModel):
    """A model whose answers come with those to other calls; its client is the office's to open."""

    def __init__(self, wrapped: Model, ref: str, office: Together) -> None:
        super().__init__(wrapped)
        self._ref = ref
        self._office = office

    async def __aenter__(self) -> Self:
        """Leave the client alone: it is open in another event loop."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> bool | None:
        """Leave the client open."""

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Return the answer when its batch has ended; other threads' calls are in it too."""
        wait = self._waited(messages, model_settings or ModelSettings(), model_request_parameters)
        future = asyncio.run_coroutine_threadsafe(wait, self._office.loop)
        return await asyncio.wrap_future(future)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[object] | None = None,  # noqa: ARG002  callers pass it by name
    ) -> AsyncIterator[StreamedResponse]:
        """Yield the whole answer as a stream, when its batch has ended."""
        response = await self.request(messages, model_settings, model_request_parameters)
        yield CompletedStreamedResponse(
            response, model_request_parameters=model_request_parameters, replay_events=True
        )

    async def _waited(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
    ) -> ModelResponse:
        queue, run_id = self._office.queue, self._office.run_id
        prompt = cassettes.told(self._ref, messages, parameters, settings)
        key = sha256(prompt.encode()).hexdigest()
        settings = _of_a_batch(settings)
        batched = self._office.batches.get_wrapper_model(self.wrapped) or self.wrapped
        kept = queue.ticket(run_id, key)
        told = (
            _TICKET.validate_json(kept)
            if kept
            else await batched.request(messages, settings, parameters)
        )
        while told.state == "suspended":
            queue.wait(run_id, key, _TICKET.dump_json(told).decode())
            await asyncio.sleep(batched.continuation_delay(told) or 0)
            try:
                told = await batched.request([*messages, told], settings, parameters)
            except (ModelConnectionError, ModelTimeoutError):
                raise  # the provider still works on it
            except AgentRunError:
                queue.forget(run_id, key)
                raise
        return told


@contextmanager
def office(queue: Queue, calls: int, poll_seconds: float) -> Iterator[Together]:
    """Open the office for as many as `calls` calls at once, and close it with its connections."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    pause = timedelta(seconds=poll_seconds)
    batches = BatchModelRequests(
        max_requests=calls,
        max_wait=COLLECT,
        poll_interval=pause,
        max_poll_interval=max(pause, timedelta(minutes=5)),
    )
    try:
        yield Together(queue, loop, batches)
    finally:
        asyncio.run_coroutine_threadsafe(_cancelled(), loop).result()
        asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _cancelled() -> None:
    """Cancel all that waits in this loop; what a provider was handed goes on."""
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def _of_a_batch(settings: ModelSettings) -> ModelSettings:
    kept = {key: value for key, value in settings.items() if key not in LIVE_ONLY}
    return cast("ModelSettings", kept)
