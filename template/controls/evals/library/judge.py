"""A model as judge: asked through the gateway, by an explicit name, booked apart."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelRequest, UserPromptPart
from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from controls import manifest as manifests
from controls.errors import ControlsError
from controls.evals.cases import Answer, Case
from controls.evals.library.judgement import Judgement, judged
from controls.evals.task import JUDGE, WORKSPACE, Stopped
from controls.gateway.refusal import BudgetRefused
from controls.reply import Reply, Source
from controls.run import Cap, Run, start
from controls.tracing import semconv

_TASK = "Is the answer good by your instructions? Begin with PASS or FAIL, then say why."


@dataclass(repr=False)
class Judge(Evaluator[Case, Answer, None]):
    """The model `model` of the manifest finds the answer good, by the prompt `prompts/<prompt>.md`.

    Only a reply that begins with PASS passes; any other than PASS or FAIL is an error. It is asked
    through the gateway (policy, budget, trace) under the run's ceiling, and booked as the feature
    `judge`. It cannot see whether the answer is true, only how it reads to another model: such a
    judge prefers long answers and its own style, and an answer can talk to it. Check it against
    people before it gates anything.
    """

    prompt: str
    model: str
    root: Path
    cap: Cap
    evals: str
    profile: str

    async def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> Judgement:
        """Judge the answer's text.

        Raises:
            Stopped: when the run's ceiling does not allow another call.
            ControlsError: when the gateway refuses, the reply is no verdict, or offline is meant.
        """
        self._refuse_offline()
        try:
            with self._run(ctx) as run:
                said = await self._asked(run, ctx.inputs, ctx.output)
        except BudgetRefused as refusal:
            if refusal.rule != "cap":
                raise
            raise Stopped from refusal
        word, _, reason = said.lstrip("*# ").partition(" ")
        if word.strip(".:,*") not in {"PASS", "FAIL"}:
            raise ControlsError(f"the judge said neither PASS nor FAIL: {said[:60]!r}")
        passed = word.startswith("PASS")
        fault = "" if passed else f"the judge {self.model} says: {reason.strip()}"
        return judged(f"judge {self.prompt}", fault)

    def _run(self, ctx: EvaluatorContext[Case, Answer, None]) -> AbstractContextManager[Run]:
        return start(
            self.root,
            feature=JUDGE,
            data=ctx.output.data or None,
            user=f"case {ctx.inputs.id}",
            workspace=WORKSPACE,
            cap=self.cap,
            attributes={semconv.EVAL_SET: self.evals, semconv.EVAL_CASE: ctx.inputs.id},
        )

    async def _asked(self, run: Run, case: Case, answer: Answer) -> str:
        prompt = run.prompt(self.prompt)
        shown = run.cite([Source("answer", "The answer", answer.text or "(no answer)")])
        text = f"Question: {case.question}\n\n{shown}\n\n{_TASK}"
        asked = ModelRequest([UserPromptPart(text)], instructions=prompt.text)
        response = await model_request(run.model(self.model), [asked])
        reply = Reply.parse(response.text or "")
        run.outcome(reply)
        return reply.text

    def _refuse_offline(self) -> None:
        provider = manifests.load(self.root).endpoint(self.model).provider
        if self.profile == "offline" and provider != "embedded":
            raise ControlsError(
                f"the offline profile does not ask the judge {self.model!r}",
                "--profile live, or record and replay",
            )
