"""The evaluator of the gateway's refusals."""

from dataclasses import dataclass

from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import NOTHING, Judgement, judged


@dataclass(repr=False)
class Denied(Evaluator[Case, Answer, None]):
    """The policy denies the call exactly where the case says so.

    It cannot see why: a call that is denied for another reason than the one meant passes too.
    """

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge whether the call was denied."""
        wanted = ctx.inputs.expect.denied
        if wanted is None:
            return NOTHING
        place = f"{ctx.inputs.data} data to {ctx.inputs.model}"
        fault = f"{place} was let through" if wanted else f"{place} was denied"
        return judged("denied", "" if ctx.output.denied == wanted else fault)
