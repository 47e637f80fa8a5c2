"""The path of one call: limits, cleaning, caps, small model, confidence, large model.

Decides the order and which model is next; each attempt by itself is `attempt`. A refusal of the
first model ends the call; a refusal of the larger one leaves the first answer standing. Where the
policy says `degrade`, a spent budget leads to the cheaper model that it names.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import CompletedStreamedResponse, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings

from controls.gateway import guard, stop
from controls.gateway.attempt import attempt
from controls.gateway.desk import Desk, Order
from controls.gateway.guard import Prepared
from controls.gateway.refusal import BudgetRefused, ProviderFailed, Refused
from controls.gateway.settlement import Attempted
from controls.gateway.spans import refusals_traced
from controls.gateway.streaming import streamed
from controls.policy.data import DEGRADE, Route

if TYPE_CHECKING:
    from controls.run import Run

DEGRADED = 3  # the number of an attempt at the cheaper model


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of a model."""

    messages: Sequence[ModelMessage]
    settings: ModelSettings | None
    parameters: ModelRequestParameters
    cache: str | None = None

    def order(self, ref: str, number: int, route: Route | None) -> Order:
        """Return the order of the attempt `number`, at the model `ref`."""
        return Order(ref, number, self.settings, route, self.cache)


async def complete(run: "Run", ref: str, asked: Asked) -> ModelResponse:
    """Return what may leave of the answer to `asked`, every attempt metered and traced.

    Raises:
        Refused: when policy, budget, limit or a missing defence forbids the call.
        ProviderFailed: when no model gave an answer.
    """
    desk, sent = _begun(run, ref, asked)
    return await _routed(desk, ref, asked, sent)


@asynccontextmanager
async def stream(run: "Run", ref: str, asked: Asked) -> AsyncIterator[StreamedResponse]:
    """Give the answer to `asked` as a stream; a model whose answer may be replaced is waited for.

    Raises:
        Refused: as `complete` does.
        ProviderFailed: as `complete` does, and when the stream is cut.
    """
    desk, sent = _begun(run, ref, asked)
    if ref in desk.data.routing:
        response = await _routed(desk, ref, asked, sent)
        yield CompletedStreamedResponse(
            response, model_request_parameters=asked.parameters, replay_events=True
        )
        return
    order = asked.order(ref, 1, None)
    async with AsyncExitStack() as stack:
        try:
            opened = await stack.enter_async_context(streamed(desk, order, sent))
        except BudgetRefused as error:
            cheaper = _cheaper(desk, order, error)
            opened = await stack.enter_async_context(streamed(desk, cheaper, sent))
        yield opened


def _begun(run: "Run", ref: str, asked: Asked) -> tuple[Desk, Prepared]:
    with refusals_traced(run, ref):
        stop.refuse(run.root)
        desk = Desk.open(run)
        guard.limit(run)
        return desk, guard.prepare(run, desk.data, asked.messages, asked.parameters)


async def _routed(desk: Desk, ref: str, asked: Asked, sent: Prepared) -> ModelResponse:
    route = desk.data.routing.get(ref)
    if route is None:
        return (await _afforded(desk, asked.order(ref, 1, None), sent)).response
    larger = asked.order(route.escalate_to, 2, None)
    try:
        first = await _afforded(desk, asked.order(ref, 1, route), sent)
    except ProviderFailed:
        return (await attempt(desk, larger, sent)).response
    if not first.escalates:
        return first.response
    try:
        return (await attempt(desk, larger, sent)).response
    except (Refused, ProviderFailed):
        return first.response


async def _afforded(desk: Desk, order: Order, sent: Prepared) -> Attempted:
    try:
        return await attempt(desk, order, sent)
    except BudgetRefused as error:
        return await attempt(desk, _cheaper(desk, order, error), sent)


def _cheaper(desk: Desk, order: Order, error: BudgetRefused) -> Order:
    rules = desk.data.budgets
    if rules.on_hard != DEGRADE or rules.degrade_to in {None, order.ref}:
        raise error
    return replace(order, ref=str(rules.degrade_to), number=DEGRADED, route=None)
