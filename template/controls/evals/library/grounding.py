"""Evaluators of what an answer rests on."""

from dataclasses import dataclass

from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import NOTHING, Judgement, judged


@dataclass(repr=False)
class Cites(Evaluator[Case, Answer, None]):
    """The expected sources are cited, and nothing is cited that was not retrieved in this run.

    It cannot see whether the cited source says what the answer says.
    """

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the answer's citations."""
        cited, wanted = set(ctx.output.citations), set(ctx.inputs.expect.cites)
        if invented := _invented(ctx.output):
            return judged("cites", invented)
        if not wanted:
            return NOTHING if ctx.output.abstained else judged("cites", "" if cited else _NONE)
        missing = wanted - cited
        fault = f"expected a citation of {_listed(missing)}, cited {_listed(cited)}"
        return judged("cites", fault if missing else "")


@dataclass(repr=False)
class CitesRetrieved(Evaluator[Case, Answer, None]):
    """Nothing is cited that was not retrieved in this run; an answer that cites nothing passes.

    It cannot see whether the cited source says what the answer says.
    """

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the answer's citations."""
        return judged("cites_retrieved", _invented(ctx.output))


@dataclass(repr=False)
class Abstains(Evaluator[Case, Answer, None]):
    """The run abstains exactly where the case says that it must, or must not.

    It cannot see whether an answer was possible: the case's author decided that.
    """

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge whether the run abstained."""
        expect = ctx.inputs.expect
        wanted = expect.abstain
        if wanted is None:
            wanted = False if expect.contains or expect.cites else None
        if wanted is None:
            return NOTHING
        fault = "expected an abstention" if wanted else "abstained, an answer was expected"
        return judged("abstains", "" if ctx.output.abstained == wanted else fault)


_NONE = "answers without citing anything"


def _invented(answer: Answer) -> str:
    invented = set(answer.citations) - set(answer.retrieved)
    return f"cites what was not retrieved: {_listed(invented)}" if invented else ""


def _listed(ids: set[str]) -> str:
    return ", ".join(sorted(ids)) or "nothing"
