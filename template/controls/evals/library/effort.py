"""Evaluators of what an answer took."""

from dataclasses import dataclass

from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import Judgement, judged


@dataclass(repr=False)
class Latency(Evaluator[Case, Answer, None]):
    """The run took at most `seconds`.

    It cannot see what a user waits for besides (network, rendering), and a busy machine fails it.
    """

    seconds: float

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the run's duration."""
        took = ctx.output.seconds
        fault = f"took {took:.2f} s, at most {self.seconds:g} s allowed"
        return judged("latency", fault if took > self.seconds else "")


@dataclass(repr=False)
class Cost(Evaluator[Case, Answer, None]):
    """The run cost at most `usd`, escalations and failed attempts included.

    It cannot see what a provider bills later, or what a cached call saved.
    """

    usd: float

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the run's cost."""
        fault = f"cost ${ctx.output.cost_usd:.6f}, at most ${self.usd:g} allowed"
        return judged("cost", fault if float(ctx.output.cost_usd) > self.usd else "")
