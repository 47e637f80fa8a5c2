"""The evaluator of what tools a run used, or wanted to use."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from controls.evals import spans
from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import NOTHING, Judgement, judged


@dataclass(repr=False)
class Tools(Evaluator[Case, Answer, None]):
    """The tools that the case expects were used, and none that it forbids was, or was asked for.

    It cannot see a tool that leaves no span (`run.span("execute_tool look_up", "execute_tool")`
    opens one), what a tool was given, or whether its use helped.
    """

    SPANS: ClassVar[bool] = True

    def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the tools of the run's spans and of the model's answer."""
        expect = ctx.inputs.expect
        if not (expect.tools or expect.not_tools):
            return NOTHING
        ran = spans.tools(ctx.span_tree)
        missing = [name for name in expect.tools if name not in ran]
        wrong = [name for name in expect.not_tools if name in {*ran, *ctx.output.tools}]
        faults = [f"did not use {', '.join(missing)}"] if missing else []
        faults += [f"must not use {', '.join(wrong)}"] if wrong else []
        return judged("tools", "; ".join(faults))
