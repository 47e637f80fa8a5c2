"""Asks a provider once, in the time it is given; a short pause that it asks for is waited out.

Only a refusal that cost nothing (HTTP 429) is asked again. What a failure means to a person is
decided in `failure`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model, StreamedResponse

from controls.gateway import failure
from controls.gateway.clearance import Cleared
from controls.gateway.guard import Prepared
from controls.policy.data import Calls

TRIES = 3


async def response(cleared: Cleared, model: Model, sent: Prepared, calls: Calls) -> ModelResponse:
    """Return what the model answers, whatever it raises."""
    for tries in range(1, TRIES + 1):
        try:
            async with asyncio.timeout(cleared.seconds), model:
                return await model.request(sent.messages, cleared.settings, sent.parameters)
        except Exception as error:  # noqa: BLE001 - whatever a provider's library raises
            await _waited(error, tries, calls)
    raise AssertionError  # the last try returned or raised


@asynccontextmanager
async def stream(
    cleared: Cleared, model: Model, sent: Prepared, calls: Calls
) -> AsyncIterator[StreamedResponse]:
    """Give the stream of what the model answers; time is taken by who reads it."""
    async with AsyncExitStack() as stack:
        yield await _opened(stack, cleared, model, sent, calls)


async def _opened(
    stack: AsyncExitStack, cleared: Cleared, model: Model, sent: Prepared, calls: Calls
) -> StreamedResponse:
    await stack.enter_async_context(model)
    for tries in range(1, TRIES + 1):
        asked = model.request_stream(sent.messages, cleared.settings, sent.parameters)
        try:
            async with asyncio.timeout(cleared.seconds):
                return await stack.enter_async_context(asked)
        except Exception as error:  # noqa: BLE001 - whatever a provider's library raises
            await _waited(error, tries, calls)
    raise AssertionError  # the last try returned or raised


async def _waited(error: Exception, tries: int, calls: Calls) -> None:
    pause = failure.pause(error)
    if pause is None or pause > calls.retry_after_seconds or tries == TRIES:
        raise error
    await asyncio.sleep(pause)
