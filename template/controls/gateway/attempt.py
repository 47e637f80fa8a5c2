"""One attempt at one model: policy, budget, provider, safety, settlement, span, in this order.

A denied attempt never reaches the provider. What was reserved is settled whatever happens: at the
true cost, at nothing when the provider refused the request, at the whole reservation when nobody
can know.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from opentelemetry.trace import Span
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from controls.errors import ControlsError
from controls.gateway import budgets, guard, ledger, prices, providers, spans, tokens
from controls.gateway.guard import Prepared
from controls.gateway.ledger import Bill, Hold, Ledger
from controls.gateway.prices import Price
from controls.gateway.refusal import PolicyRefused, ProviderFailed
from controls.manifest import Endpoint
from controls.policy import bundle, data, engine, inputs
from controls.policy.data import PolicyData, Route
from controls.policy.engine import Policy
from controls.policy.facts import Request
from controls.reply import Reply
from controls.tracing import semconv

if TYPE_CHECKING:
    from controls.run import Run

ESCALATED = "escalated"
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """What every attempt of a call works with."""

    run: "Run"
    data: PolicyData
    policy: Policy
    books: Ledger

    @classmethod
    def open(cls, run: "Run") -> "Desk":
        """Return the desk of `run`, with the policy as it lies in the tree now.

        Raises:
            ControlsError: when policy/data.yaml is absent or malformed.
        """
        policy = engine.policy(bundle.load(run.root, run.manifest))
        return cls(run, data.load(run.root), policy, ledger.open(run.root))


@dataclass(frozen=True, slots=True)
class Order:
    """Which model is asked, as the how-manyth, and where a low confidence leads."""

    ref: str
    number: int
    settings: ModelSettings | None
    route: Route | None


@dataclass(frozen=True, slots=True)
class Attempted:
    """An answer that may leave, and whether a larger model should answer too.

    A model that tells no confidence is believed; a withheld answer is not asked for again.
    """

    response: ModelResponse
    escalates: bool


@dataclass(frozen=True, slots=True)
class _Cleared:
    """A model that may be called, with what was reserved for it."""

    model: Model
    price: Price
    hold: Hold
    settings: ModelSettings


async def attempt(desk: Desk, order: Order, sent: Prepared) -> Attempted:
    """Return what the model of `order` answers to `sent`, as it may leave.

    Raises:
        Refused: before the provider is reached: policy, price, budget, key.
        ProviderFailed: when the provider gave no answer.
    """
    with spans.call(desk.run, order.ref, order.number) as span:
        cleared = _clear(desk, order, sent, span)
        response = await _asked(desk, cleared, sent, span)
        checked = guard.check(desk.run, desk.data, sent, response)
        confidence = _confidence(response)
        further = _goes_further(confidence, order.route, blocked=checked.blocked)
        bill = _bill(
            cleared, response, _outcome(checked.text, blocked=checked.blocked), further=further
        )
        _settle(desk, cleared.hold, bill, span)
        model = response.model_name or cleared.model.model_name
        spans.answered(span, spans.Spoken(model, checked.text, confidence, order.number > 1))
        spans.signalled(span, (*sent.signals, *checked.signals))
        return Attempted(checked.response, further)


def _clear(desk: Desk, order: Order, sent: Prepared, span: Span) -> _Cleared:
    price = prices.find(order.ref, desk.data)
    endpoint = _permitted(desk, order.ref, price, sent, span)
    if price is None:
        raise PolicyRefused(f"{order.ref!r} has no price", f"add it to {data.FILE}", "price")
    model = providers.build(endpoint)
    limited = _limited(desk, order.settings)
    texts = tokens.texts(sent.messages, sent.parameters)
    bound = price.cost(_input_bound(endpoint, texts), limited["max_tokens"])
    hold = desk.books.reserve(_entry(desk.run, order), bound, budgets.limits(desk.run))
    return _Cleared(model, price, hold, limited)


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


async def _asked(desk: Desk, cleared: _Cleared, sent: Prepared, span: Span) -> ModelResponse:
    try:
        return await cleared.model.request(sent.messages, cleared.settings, sent.parameters)
    except BaseException as error:
        bill = Bill(_charge(cleared.hold, error), 0, 0, semconv.ERROR, success=False)
        _settle(desk, cleared.hold, bill, span)
        if isinstance(error, ControlsError) or not isinstance(error, Exception):
            raise
        raise ProviderFailed(
            f"{cleared.price.ref!r} gave no answer: {_first_line(error)}",
            hint="python -m controls trace shows the call",
        ) from error


def _charge(hold: Hold, error: BaseException) -> Decimal:
    refused = isinstance(error, ModelHTTPError) and error.status_code < SERVER_ERROR
    return Decimal(0) if refused or isinstance(error, ControlsError) else hold.usd


def _bill(cleared: _Cleared, response: ModelResponse, outcome: str, *, further: bool) -> Bill:
    usage = response.usage
    known = usage.input_tokens or usage.output_tokens
    usd = cleared.price.cost(usage.input_tokens, usage.output_tokens)
    return Bill(
        usd if known else cleared.hold.usd,
        usage.input_tokens,
        usage.output_tokens,
        ESCALATED if further else outcome,
        success=outcome == semconv.ANSWERED and not further,
    )


def _settle(desk: Desk, hold: Hold, bill: Bill, span: Span) -> None:
    desk.books.settle(hold, bill)
    spans.settled(span, bill)


def _outcome(text: str, *, blocked: bool) -> str:
    if blocked:
        return semconv.BLOCKED
    return semconv.ABSTAINED if Reply.parse(text).abstained else semconv.ANSWERED


def _goes_further(confidence: float | None, route: Route | None, *, blocked: bool) -> bool:
    if route is None or confidence is None or blocked:
        return False
    return confidence < route.below


def _confidence(response: ModelResponse) -> float | None:
    value = (response.provider_details or {}).get("confidence")
    return float(value) if isinstance(value, (int, float)) else None


def _limited(desk: Desk, settings: ModelSettings | None) -> ModelSettings:
    cap = desk.data.caps(desk.run.manifest.tier).output_tokens
    asked = (settings or {}).get("max_tokens") or cap
    limited = ModelSettings(max_tokens=min(asked, cap))
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


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
