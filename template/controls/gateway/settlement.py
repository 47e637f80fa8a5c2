"""Settles an attempt, on its span and in the books, whichever way it ended, once.

Decides what an answer is called (answered, abstained, blocked, escalated) and what it cost: what
the provider counted, or all that was reserved where it counted nothing, or nothing that can be.
"""

from dataclasses import dataclass
from decimal import Decimal

from opentelemetry.trace import Span
from pydantic_ai.messages import ModelResponse

from controls.audit import calls
from controls.errors import ControlsError
from controls.gateway import confidence, failure, prices, spans
from controls.gateway.clearance import Cleared
from controls.gateway.desk import Desk, Order
from controls.gateway.guard import Checked
from controls.gateway.ledger import Bill
from controls.gateway.refusal import Refused
from controls.policy.data import Route
from controls.reply import Reply
from controls.tracing import semconv

MOST = 10**9  # tokens; no answer has as many


@dataclass(frozen=True, slots=True)
class Attempted:
    """An answer that may leave, and whether a larger model should answer too.

    A model that tells no confidence is believed; a withheld answer is not asked for again.
    """

    response: ModelResponse
    escalates: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """The open account of one attempt."""

    desk: Desk
    order: Order
    cleared: Cleared
    span: Span

    def answered(self, checked: Checked) -> Attempted:
        """Settle an answer at what it cost, and say whether it is good enough.

        Raises:
            ControlsError: when the books or the audit trail cannot be written.
        """
        response = checked.response
        sure = confidence.of(response)
        outcome = _outcome(checked)
        further = _goes_further(sure, self.order.route, blocked=checked.blocked)
        self._settle(_bill(self.cleared, response, outcome, further=further))
        model = response.model_name or self.order.ref.partition(":")[2]
        later = self.order.number > 1
        spoken = spans.Spoken(model, checked.text, sure, later)
        spans.answered(self.desk.run, self.span, spoken)
        calls.ended(self.desk.run, self.span)
        return Attempted(response, further)

    def failed(self, error: BaseException) -> None:
        """Settle a failure at what it may have cost.

        Raises:
            ControlsError: when the books or the audit trail cannot be written.
        """
        usd = failure.charge(self.cleared.hold.usd, error)
        self._settle(Bill(usd, 0, 0, semconv.ERROR, success=False))
        calls.ended(self.desk.run, self.span)

    def _settle(self, bill: Bill) -> None:
        try:
            self.desk.books.settle(self.cleared.hold, bill)
        except Refused as error:  # the model was asked: this is no refusal any more
            told = f"the call was made, and its cost cannot be booked: {error.message}"
            raise ControlsError(told, error.hint) from error
        spans.settled(self.span, bill)


def _bill(cleared: Cleared, response: ModelResponse, outcome: str, *, further: bool) -> Bill:
    success = outcome == semconv.ANSWERED and not further
    called = semconv.WENT_FURTHER if further else outcome
    if cleared.recorded:  # nobody was asked: nothing was counted and nothing is paid
        return Bill(Decimal(0), 0, 0, called, success)
    usage, usd = response.usage, _usd(cleared, response)
    if usd is None:
        return Bill(cleared.hold.usd, 0, 0, called, success)
    return Bill(usd, usage.input_tokens, usage.output_tokens, called, success)


def _usd(cleared: Cleared, response: ModelResponse) -> Decimal | None:
    """Return what the answer cost, None where what the provider counted cannot be true."""
    usage, details = response.usage, response.provider_details or {}
    counts = (usage.input_tokens, usage.output_tokens)
    if min(counts) < 0 or not 0 < sum(counts) < MOST:
        return None
    try:
        return cleared.price.cost(usage, str(details.get("processing", prices.LIVE)))
    except ValueError:  # such as more tokens from a cache than there were
        return None


def _outcome(checked: Checked) -> str:
    if checked.blocked:
        return semconv.BLOCKED
    if not (checked.text.strip() or checked.response.tool_calls):
        return semconv.ERROR  # nothing came back: paid for, and no success
    return semconv.ABSTAINED if Reply.parse(checked.text).abstained else semconv.ANSWERED


def _goes_further(confidence: float | None, route: Route | None, *, blocked: bool) -> bool:
    if route is None or confidence is None or blocked:
        return False
    return confidence < route.below
