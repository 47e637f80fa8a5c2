"""One attempt at one model: policy, budget, provider, safety, settlement, span, in this order.

A denied attempt never reaches the provider. What was reserved is settled whatever happens: at the
true cost, at nothing when the provider refused the request, at the whole reservation when nobody
can know.
"""

from pydantic_ai.messages import ModelResponse

from controls.errors import ControlsError
from controls.gateway import asking, failure, guard, spans
from controls.gateway.clearance import clear
from controls.gateway.desk import Desk, Order
from controls.gateway.guard import Prepared
from controls.gateway.settlement import Attempted, Settlement


async def attempt(desk: Desk, order: Order, sent: Prepared) -> Attempted:
    """Return what the model of `order` answers to `sent`, as it may leave.

    Raises:
        Refused: before the provider is reached: policy, price, budget, key.
        ProviderFailed: when the provider gave no answer.
    """
    with spans.call(desk.run, order.ref, order.number) as span:
        account = Settlement(desk, order, await clear(desk, order, sent, span), span)
        response = await _asked(account, sent)
        checked = guard.check(desk.run, desk.data, sent, response)
        done = account.answered(checked)
        if account.cleared.recorded is None:
            account.cleared.tape.keep(response)
        spans.signalled(span, (*sent.signals, *checked.signals) or (spans.ALL_CLEAR,))
        return done


async def _asked(account: Settlement, sent: Prepared) -> ModelResponse:
    cleared, calls = account.cleared, account.desk.data.calls
    if cleared.recorded or cleared.model is None:
        return cleared.recorded or ModelResponse(parts=[])
    try:
        return await asking.response(cleared, cleared.model, sent, calls)
    except BaseException as error:
        account.failed(error)
        if isinstance(error, ControlsError) or not isinstance(error, Exception):
            raise
        raise failure.failed(account.order.ref, error, calls.timeout_seconds) from error
