"""The path of one call: limits, cleaning, caps, small model, confidence, large model.

Decides the order and which model is next; each attempt by itself is `attempt`. A refusal of the
first model ends the call; a refusal of the larger one leaves the first answer standing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from controls.gateway import guard
from controls.gateway.attempt import Desk, Order, attempt
from controls.gateway.refusal import ProviderFailed, Refused
from controls.gateway.spans import refusals_traced

if TYPE_CHECKING:
    from controls.run import Run


async def complete(
    run: "Run",
    ref: str,
    messages: Sequence[ModelMessage],
    settings: ModelSettings | None,
    parameters: ModelRequestParameters,
) -> ModelResponse:
    """Return what may leave of the answer to `messages`, every attempt metered and traced.

    Raises:
        Refused: when policy, budget, limit or a missing defence forbids the call.
        ProviderFailed: when no model gave an answer.
    """
    with refusals_traced(run, ref):
        desk = Desk.open(run)
        guard.limit(run)
        sent = guard.prepare(run, desk.data, messages, parameters)
    route = desk.data.routing.get(ref)
    if route is None:
        return (await attempt(desk, Order(ref, 1, settings, None), sent)).response
    larger = Order(route.escalate_to, 2, settings, None)
    try:
        first = await attempt(desk, Order(ref, 1, settings, route), sent)
    except ProviderFailed:
        return (await attempt(desk, larger, sent)).response
    if not first.escalates:
        return first.response
    try:
        return (await attempt(desk, larger, sent)).response
    except (Refused, ProviderFailed):
        return first.response
