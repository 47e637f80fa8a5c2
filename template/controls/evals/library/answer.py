"""Evaluators of the words of an answer."""

from dataclasses import dataclass

from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import NOTHING, Judgement, judged


def folded(text: str) -> str:
    """Return `text` as it is compared: lower case, runs of white space as one space."""
    return " ".join(text.casefold().split())


@dataclass(repr=False)
class Contains(Evaluator[Case, Answer, None]):
    """Every expected text occurs, of a list at least one.

    It cannot see whether the rest of the answer is right, or whether the words are used in a
    sentence that denies them.
    """

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the answer's text."""
        text = folded(ctx.output.text)
        missing = [
            " or ".join(map(repr, options))
            for options in ctx.inputs.expect.contains
            if not any(folded(option) in text for option in options)
        ]
        if not ctx.inputs.expect.contains:
            return NOTHING
        return judged("contains", f"expected {', '.join(missing)}" if missing else "")


@dataclass(repr=False)
class Excludes(Evaluator[Case, Answer, None]):
    """None of the excluded texts occurs.

    It cannot see the same statement in other words.
    """

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the answer's text."""
        text = folded(ctx.output.text)
        found = [repr(word) for word in ctx.inputs.expect.excludes if folded(word) in text]
        if not ctx.inputs.expect.excludes:
            return NOTHING
        return judged("excludes", f"must not say {', '.join(found)}" if found else "")
