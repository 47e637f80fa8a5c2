"""Writes what happened to a call on its span, under the names of `controls.tracing.semconv`.

Decides nothing, and never writes content: digests, counts and names only. The run stamps who and
why.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry.trace import Span, SpanKind

from controls.audit import calls
from controls.errors import ControlsError
from controls.gateway.ledger import Bill
from controls.gateway.refusal import Refused
from controls.gateway.signals import NONE, Signal
from controls.policy.decision import Decision
from controls.tracing import semconv
from controls.tracing.digest import digest
from controls.tracing.stamped import stamped

if TYPE_CHECKING:
    from controls.run import Run

ALL_CLEAR = Signal("all", NONE, "controls/gateway", verdict="pass", score=0.0)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a model answered, as far as a span may know it."""

    model: str
    text: str
    confidence: float | None
    escalated: bool


@contextmanager
def call(run: "Run", ref: str, number: int) -> Iterator[Span]:
    """Open the span of attempt `number` to call `ref`; a refusal inside is written as denied."""
    provider, _, name = ref.partition(":")
    label = f"{semconv.CHAT} {name or provider}"
    with stamped(run, label, semconv.CHAT, SpanKind.CLIENT) as span:
        span.set_attribute(semconv.PROVIDER, provider)
        span.set_attribute(semconv.REQUEST_MODEL, name or provider)
        span.set_attribute(semconv.ATTEMPT, number)
        span.set_attribute(semconv.COST_USD, 0.0)
        try:
            yield span
        except Refused as error:
            span.set_attribute(semconv.OUTCOME, semconv.DENIED)
            span.set_attribute(semconv.ERROR_TYPE, error.rule or type(error).__name__)
            calls.refused(run, span, error.rule)
            raise
        except ControlsError:
            span.set_attribute(semconv.OUTCOME, semconv.ERROR)
            raise
        finally:
            run.trail.note(getattr(span, "attributes", {}))


@contextmanager
def refusals_traced(run: "Run", ref: str) -> Iterator[None]:
    """Give a refusal before the first attempt its own span: no denied call is invisible."""
    try:
        yield
    except ControlsError as error:
        refused = (
            error if isinstance(error, Refused) else Refused(error.message, error.hint, "data")
        )
        with call(run, ref, 0) as span:
            span.set_attribute(semconv.POLICY_DECISION, semconv.DENY)
            raise refused from error


def decided(span: Span, decision: Decision, price_version: str) -> None:
    """Write the policy's verdict and by which policy and price it was reached."""
    span.set_attribute(semconv.POLICY_BUNDLE, decision.bundle)
    span.set_attribute(semconv.POLICY_DECISION, semconv.ALLOW if decision.allow else semconv.DENY)
    span.set_attribute(semconv.PRICE_VERSION, price_version)


def cached(span: Span, *, recorded: bool, mode: str) -> None:
    """Write whether the answer was a recorded one, where answers are kept at all."""
    if mode != semconv.LIVE:
        span.set_attribute(semconv.CACHE, semconv.HIT if recorded else semconv.MISS)


def answered(run: "Run", span: Span, spoken: Spoken) -> None:
    """Write what came back.

    Raises:
        ControlsError: when the key of the data subject cannot be read.
    """
    span.set_attribute(semconv.RESPONSE_MODEL, spoken.model)
    span.set_attribute(semconv.OUTPUT_SHA256, digest(run, spoken.text))
    span.set_attribute(semconv.ESCALATED, spoken.escalated)
    if spoken.confidence is not None:
        span.set_attribute(semconv.CONFIDENCE, spoken.confidence)


def settled(span: Span, bill: Bill) -> None:
    """Write what it cost."""
    span.set_attribute(semconv.INPUT_TOKENS, bill.input_tokens)
    span.set_attribute(semconv.OUTPUT_TOKENS, bill.output_tokens)
    span.set_attribute(semconv.COST_USD, float(bill.usd))
    span.set_attribute(semconv.OUTCOME, bill.outcome)


def signalled(span: Span, signals: Sequence[Signal]) -> None:
    """Write one event a signal."""
    for signal in signals:
        span.add_event(
            semconv.SAFETY_SIGNAL,
            {
                semconv.SAFETY_CATEGORY: signal.category,
                semconv.SAFETY_SCORE: signal.score,
                semconv.SAFETY_VERDICT: signal.verdict,
                semconv.SAFETY_ACTION: signal.action,
                semconv.SAFETY_POLICY: signal.policy,
            },
        )
