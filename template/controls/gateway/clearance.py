"""Clears one model for one call: policy, price, recorded answer, provider, settings, reservation.

Nothing is sent here. Every refusal leaves the books as they were; the policy comes first, so that
neither a key nor a provider's library is touched for a call that is not allowed.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from opentelemetry.trace import Span
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from controls.audit import calls
from controls.errors import ControlsError
from controls.gateway import (
    budgets,
    cassettes,
    clients,
    confidence,
    ledger,
    prices,
    spans,
    tokens,
)
from controls.gateway.caps import Fitted
from controls.gateway.desk import Desk, Order
from controls.gateway.guard import Prepared
from controls.gateway.ledger import Hold
from controls.gateway.prices import Price
from controls.gateway.refusal import PolicyRefused
from controls.manifest import Endpoint
from controls.policy import data, inputs
from controls.policy.facts import Request
from controls.tracing import semconv

if TYPE_CHECKING:
    from controls.run import Run

NOTHING = Decimal(0)
BUDGET = "budget"  # the rule of budget.rego


@dataclass(frozen=True, slots=True)
class Cleared:
    """A model that may be asked, or the answer that was recorded for the same prompt.

    It may take so many `seconds`, None where a provider takes its time.
    """

    price: Price
    hold: Hold
    settings: ModelSettings
    model: Model | None
    recorded: ModelResponse | None
    tape: cassettes.Tape
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What a decision is about: the endpoint, its price, the prompt, and the most it can cost."""

    endpoint: Endpoint
    price: Price | None
    fitted: Fitted
    bound: Decimal


async def clear(desk: Desk, order: Order, sent: Prepared, span: Span) -> Cleared:
    """Return what `order` may use, with its cost reserved.

    Raises:
        Refused: when policy, price, budget, key, the books or the audit trail forbid the call.
    """
    endpoint = _listed(desk, order.ref, span)
    price = prices.find(order.ref, desk.data)
    settings = _limited(desk, order)
    tape = cassettes.tape(desk.run, order, sent, settings)
    recorded = tape.find()
    spans.cached(span, recorded=recorded is not None, mode=tape.mode)
    bound = price.bound(*_most(endpoint, sent, settings)) if price and not recorded else NOTHING
    _permit(desk, Asking(endpoint, price, sent.fitted, bound), span)
    if price is None:
        raise PolicyRefused(f"{order.ref!r} has no price", f"add it to {data.FILE}", "price")
    if recorded:
        calls.begun(desk.run, span, leaves=False)
        hold = desk.books.reserve(_entry(desk.run, order), NOTHING, ())
        return Cleared(price, hold, settings, None, recorded, tape)
    tape.missed()
    together = desk.run.together
    model = await (together.open if together else clients.open)(endpoint)
    seconds = None if together else desk.data.calls.timeout_seconds
    calls.begun(desk.run, span, leaves=endpoint.provider != inputs.EMBEDDED)
    hold = await budgets.reserve(desk, _entry(desk.run, order), bound)
    spans.signalled(span, budgets.warnings(hold, desk.run))
    return Cleared(price, hold, settings, model, None, tape, seconds)


def _listed(desk: Desk, ref: str, span: Span) -> Endpoint:
    span.set_attribute(semconv.POLICY_BUNDLE, desk.policy.bundle.sha256)
    span.set_attribute(semconv.POLICY_DECISION, semconv.DENY)
    try:
        return desk.run.manifest.endpoint(ref)
    except ControlsError as error:
        raise PolicyRefused(error.message, error.hint, "endpoint") from error


def _permit(desk: Desk, asking: Asking, span: Span) -> None:
    budget, over = budgets.state(desk, asking.bound)
    request = Request(asking.fitted.context, asking.fitted.sources, budget)
    price, endpoint = asking.price, asking.endpoint
    facts = inputs.facts(desk.run, endpoint, request, priced=price is not None)
    decision = desk.policy.decide(facts)
    spans.decided(span, decision, price.version if price else "")
    if decision.allow:
        return
    if over and all(reason.rule == BUDGET for reason in decision.reasons):
        raise over  # it names the budget and its figures, and may lead to a cheaper model
    message, hint = inputs.refusal(decision, desk.run.manifest, endpoint.ref)
    raise PolicyRefused(message, hint, *(reason.rule for reason in decision.reasons))


def _limited(desk: Desk, order: Order) -> ModelSettings:
    """Return the settings within the tier's cap; a reservation covers one request, not retries."""
    cap = desk.data.caps(desk.run.manifest.tier).output_tokens
    settings = order.settings or ModelSettings()
    asked = settings.get("max_tokens") or cap
    limited = ModelSettings(max_tokens=min(asked, cap), max_retries=0)
    return {**settings, **confidence.asked_for(order), **limited}


def _most(endpoint: Endpoint, sent: Prepared, settings: ModelSettings) -> tuple[int, int]:
    """Return the most tokens that can be billed, in and out."""
    texts = tokens.texts(sent.messages, sent.parameters)
    embedded = endpoint.provider == inputs.EMBEDDED
    given = sum(map(tokens.estimate, texts)) if embedded else tokens.bound(texts)
    return given, settings["max_tokens"]


def _entry(run: "Run", order: Order) -> ledger.Attempt:
    unknown = budgets.UNATTRIBUTED
    return ledger.Attempt(
        run_id=run.id,
        number=order.number,
        workspace=run.workspace or unknown,
        team=run.team or unknown,
        feature=run.feature or unknown,
        model=order.ref,
    )
