"""What a run has done so far, collected from the spans of its calls as they end.

Cost, models and outcome are read off what was traced, never asserted by the workflow. Nothing is
written here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from controls.prompts import Prompt
from controls.reply import Reply, Source
from controls.tracing import semconv


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call of a model, denied ones included (their `response_model` is empty)."""

    response_model: str
    decision: str
    outcome: str
    usd: Decimal

    @property
    def refused(self) -> bool:
        """Whether no provider was asked: policy, budget, limit or a missing defence forbade it."""
        return self.decision == semconv.DENY or self.outcome == semconv.DENIED


@dataclass(slots=True)
class Trail:
    """The facts of one run; lists are only appended to, so threads may share it.

    `retrieved` without any source is a fact too: it was searched and nothing was found.
    """

    prompt: Prompt | None = None
    reply: Reply | None = None
    outcome: str = ""
    human_edited: bool = False
    retrieved: bool = False
    sources: list[Source] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def note(self, attributes: Mapping[str, object]) -> None:
        """Remember a call of a model by what its span says; the gateway alone tells."""
        self.calls.append(
            Call(
                str(attributes.get(semconv.RESPONSE_MODEL, "")),
                str(attributes.get(semconv.POLICY_DECISION, "")),
                str(attributes.get(semconv.OUTCOME, "")),
                Decimal(str(attributes.get(semconv.COST_USD, 0))),
            )
        )

    def failed(self) -> None:
        """Settle the outcome of a run that raised: denied where its last call was refused.

        The policy may have allowed a call that a budget or a limit refuses.
        """
        refused = bool(self.calls) and self.calls[-1].refused
        self.outcome = semconv.DENIED if refused else semconv.ERROR

    @property
    def response_model(self) -> str:
        """The model that the answer came from: that of the last call which gave one."""
        return next(
            (call.response_model for call in reversed(self.calls) if call.response_model), ""
        )

    @property
    def usd(self) -> Decimal:
        """What all calls together cost, escalations and failures included."""
        return sum((call.usd for call in self.calls), Decimal(0))
