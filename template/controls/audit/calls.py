"""Records the calls of a model in the audit trail, from the tier on that requires it.

What the span says of a call is what the trail says of it: names, counts and digests. The entry of a
call is there before a provider is reached, and down on the disk where the call leaves this machine;
without it the call is refused. How the call ended is a second entry.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from opentelemetry.trace import Span

from controls.audit import writer
from controls.audit.entry import Act
from controls.errors import ControlsError
from controls.gateway.refusal import Refused
from controls.tracing import semconv

if TYPE_CHECKING:
    from controls.run import Run

TIER = 3
CALL, ANSWER, REFUSAL = "call", "answer", "refusal"
RULE = "audit"
_WHO = (
    semconv.RUN_ID, semconv.WORKSPACE, semconv.TEAM, semconv.FEATURE, semconv.USER,
    semconv.EVAL_SET, semconv.PROVIDER, semconv.REQUEST_MODEL, semconv.ATTEMPT,
    semconv.PROMPT_NAME, semconv.PROMPT_VERSION, semconv.PROMPT_SHA256, semconv.POLICY_BUNDLE,
    semconv.POLICY_DECISION, semconv.SOURCE_DIGESTS,
)  # fmt: skip
_WHAT = (
    semconv.RESPONSE_MODEL, semconv.OUTPUT_SHA256, semconv.INPUT_TOKENS, semconv.OUTPUT_TOKENS,
    semconv.COST_USD, semconv.OUTCOME,
)  # fmt: skip


def required(run: "Run") -> bool:
    """Say whether the tier of `run` wants its calls in the audit trail."""
    return run.manifest.tier >= TIER


def begun(run: "Run", span: Span, *, leaves: bool) -> None:
    """Record that a model is about to be called; `leaves` says that its data leave this machine.

    Raises:
        Refused: when it cannot be recorded; the provider is not reached.
    """
    if not required(run):
        return
    facts = {**_facts(span, _WHO), "leaves": leaves, "environment": run.environment}
    try:
        receipt = writer.append(run.root, Act(CALL, run.data_class, facts), sync=leaves)
    except ControlsError as error:
        raise Refused(error.message, error.hint, RULE) from error
    span.set_attribute(semconv.AUDIT_SEQ, receipt.seq)


def ended(run: "Run", span: Span) -> None:
    """Record how a call ended that has begun.

    Raises:
        ControlsError: when it cannot be recorded; then no answer leaves.
    """
    if required(run):
        facts = _facts(span, (semconv.AUDIT_SEQ, semconv.RUN_ID, *_WHAT))
        writer.append(run.root, Act(ANSWER, run.data_class, facts))


def refused(run: "Run", span: Span, rule: str) -> None:
    """Record that a call was refused, and by which rule; one that the trail itself refused is not.

    Raises:
        ControlsError: when it cannot be recorded.
    """
    if required(run) and rule != RULE:
        facts = {**_facts(span, (semconv.AUDIT_SEQ, *_WHO)), "rule": rule}
        receipt = writer.append(run.root, Act(REFUSAL, run.data_class, facts))
        if semconv.AUDIT_SEQ not in facts:
            span.set_attribute(semconv.AUDIT_SEQ, receipt.seq)


def _facts(span: Span, names: Iterable[str]) -> dict[str, object]:
    keys: Mapping[str, object] = getattr(span, "attributes", None) or {}
    return {name: keys[name] for name in names if name in keys}
