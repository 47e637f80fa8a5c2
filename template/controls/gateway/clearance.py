"""Clears one model for one call: policy, price, recorded answer, provider, settings, reservation.

Nothing is sent here. Every refusal leaves the books as they were; the policy comes first, so that
neither a key nor a provider's library is touched for a call that is not allowed.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry.trace import Span
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from controls.audit import calls
from controls.errors import ControlsError
from controls.gateway import budgets, cassettes, ledger, prices, providers, spans, tokens
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


@dataclass(frozen=True, slots=True)
class Cleared:
    """A model that may be asked, or the answer that was recorded for the same prompt."""

    price: Price
    hold: Hold
    settings: ModelSettings
    model: Model | None
    recorded: ModelResponse | None
    tape: cassettes.Tape


async def clear(desk: Desk, order: Order, sent: Prepared, span: Span) -> Cleared:
    """Return what `order` may use, with its cost reserved.

    Raises:
        Refused: when policy, price, budget, key, the books or the audit trail forbid the call.
    """
    price = prices.find(order.ref, desk.data)
    endpoint = _permitted(desk, order.ref, price, sent, span)
    if price is None:
        raise PolicyRefused(f"{order.ref!r} has no price", f"add it to {data.FILE}", "price")
    settings = _limited(desk, order.settings)
    tape = cassettes.tape(desk.run, order.ref, sent, settings)
    recorded = tape.find()
    model = None if recorded else providers.build(endpoint)
    calls.begun(desk.run, span, leaves=model is not None and endpoint.provider != inputs.EMBEDDED)
    texts = tokens.texts(sent.messages, sent.parameters)
    bound = price.bound(_input_bound(endpoint, texts), settings["max_tokens"])
    entry = _entry(desk.run, order)
    if recorded:
        hold = desk.books.reserve(entry, bound * 0, ())
    else:
        hold = await budgets.reserve(desk, entry, bound)
    spans.signalled(span, budgets.warnings(hold, desk.run))
    return Cleared(price, hold, settings, model, recorded, tape)


def _permitted(desk: Desk, ref: str, price: Price | None, sent: Prepared, span: Span) -> Endpoint:
    span.set_attribute(semconv.POLICY_BUNDLE, desk.policy.bundle.sha256)
    span.set_attribute(semconv.POLICY_DECISION, semconv.DENY)
    try:
        endpoint = desk.run.manifest.endpoint(ref)
    except ControlsError as error:
        raise PolicyRefused(error.message, error.hint, "endpoint") from error
    request = Request(sent.fitted.context, sent.fitted.sources)
    facts = inputs.facts(desk.run, endpoint, request, priced=price is not None)
    decision = desk.policy.decide(facts)
    spans.decided(span, decision, price.version if price else "")
    if not decision.allow:
        message, hint = inputs.refusal(decision, desk.run.manifest, ref)
        raise PolicyRefused(message, hint, decision.reasons[0].rule)
    return endpoint


def _limited(desk: Desk, settings: ModelSettings | None) -> ModelSettings:
    """Return the settings within the tier's cap; a reservation covers one request, not retries."""
    cap = desk.data.caps(desk.run.manifest.tier).output_tokens
    asked = (settings or {}).get("max_tokens") or cap
    limited = ModelSettings(max_tokens=min(asked, cap), max_retries=0)
    return {**settings, **limited} if settings else limited


def _input_bound(endpoint: Endpoint, texts: list[str]) -> int:
    if endpoint.provider == inputs.EMBEDDED:
        return sum(map(tokens.estimate, texts))
    return tokens.bound(texts)


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
