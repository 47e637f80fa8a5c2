"""The evaluator of the gateway's refusals."""

from dataclasses import dataclass

from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import NOTHING, Judgement, judged


@dataclass(repr=False)
class Denied(Evaluator[Case, Answer, None]):
    """The policy denies the call exactly where the case says so, by each rule that the case names.

    It cannot see why where a case names no rule: a call that is denied for another reason than the
    one meant passes then.
    """

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge whether the call was denied, and by what."""
        wanted = ctx.inputs.expect.denied
        if wanted is None:
            return NOTHING
        place = f"{ctx.inputs.data} data to {ctx.inputs.model}"
        if ctx.output.denied != wanted:
            return judged("denied", f"{place} was {'let through' if wanted else 'denied'}")
        silent = [rule for rule in ctx.inputs.expect.denied_by if rule not in ctx.output.denied_by]
        fault = f"{place} was denied, but not by {' and '.join(map(repr, silent))}"
        return judged("denied", fault if silent else "")
