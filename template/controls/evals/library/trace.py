"""The evaluator of a run's spans: what was done on the way to the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic_evals.evaluators import Evaluator, EvaluatorContext
from pydantic_evals.otel import SpanNode

from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import Judgement, judged
from controls.tracing import semconv


@dataclass(repr=False)
class HasSpan(Evaluator[Case, Answer, None]):
    """The run's trace holds from `at_least` to `at_most` spans of an operation, with attributes.

    It cannot see what opened no span, or whether a span tells the truth about what was done.
    """

    SPANS: ClassVar[bool] = True

    operation: str
    at_least: int = 1
    at_most: int | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge how many spans match."""
        found = len(ctx.span_tree.find(self._matches))
        enough = self.at_least <= found and (self.at_most is None or found <= self.at_most)
        most = "" if self.at_most is None else f", at most {self.at_most}"
        wanted = f"expected at least {self.at_least}{most}"
        return judged("span", "" if enough else f"{found} spans {self.operation!r}, {wanted}")

    def _matches(self, node: SpanNode) -> bool:
        own = node.attributes
        return own.get(semconv.OPERATION) == self.operation and all(
            own.get(key) == value for key, value in self.attributes.items()
        )
