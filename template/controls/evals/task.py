"""Runs one case: through the workflow, or, for policy cases, straight at the gateway.

A case is a run like any other, with its own spans and its share of the cost ceiling. What a refusal
means is decided here: the ceiling stops the whole run; a denial that the case asks for, or that its
own length brought about, is an answer; any other is an error, for then nothing was tested.
"""

import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest

from controls.ask import FEATURE, answered
from controls.errors import ControlsError
from controls.evals.cases import Answer, Case, EvalSet
from controls.gateway import ledger
from controls.gateway.refusal import BudgetRefused, PolicyRefused
from controls.prompts import Prompt
from controls.reply import Reply, Source
from controls.run import Cap, Run, start
from controls.tracing import semconv

WORKSPACE = "evals"
OVERLONG = frozenset({"context-cap", "top-k"})
PROBE = Source("policy-probe", "Policy probe", "This text tests who may read it.")


class Stopped(Exception):
    """The cost ceiling was reached; cases that have not begun do not begin."""


@dataclass(slots=True)
class Task:
    """Runs cases of one set under one ceiling; `runs` keeps ids, of crashed runs too."""

    root: Path
    evals: EvalSet
    cap: Cap
    model: str
    runs: dict[str, str] = field(default_factory=dict)
    run_ids: list[str] = field(default_factory=list)
    prompts: set[Prompt] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(self, case: Case) -> Answer:
        """Return what `case` brought back.

        Raises:
            Stopped: when the ceiling is reached, or was before this case began.
        """
        if self.stopped.is_set():
            raise Stopped
        began = time.perf_counter()
        try:
            return self._run(case, began)
        except BudgetRefused as refusal:
            if refusal.rule != "cap":
                raise
            self.stopped.set()
            raise Stopped from refusal

    def spent(self) -> Decimal:
        """Return what all runs under the ceiling cost, as the ledger has it."""
        return ledger.open(self.root).spent("cap", self.cap.id)

    def _run(self, case: Case, began: float) -> Answer:
        with start(
            self.root,
            feature=FEATURE,
            data=case.data,
            user=f"case {case.id}",
            workspace=WORKSPACE,
            documents=case.documents,
            cap=self.cap,
            model=self.model,
            attributes={semconv.EVAL_SET: self.evals.name, semconv.EVAL_CASE: case.id},
        ) as run:
            self.runs[case.id] = run.id
            self.run_ids.append(run.id)
            if self.evals.task == "gateway":
                reply, denied = _asked_directly(run, case)
            else:
                reply, denied = _asked(run, case)
                self.prompts |= {run.trail.prompt} if run.trail.prompt else set()
        return _answer(run, reply, time.perf_counter() - began, denied=denied)


def _asked(run: Run, case: Case) -> tuple[Reply, bool]:
    try:
        return answered(run.root, run, case.question), False
    except PolicyRefused as refusal:
        if refusal.rule not in OVERLONG:
            raise
        return _denied(run, refusal), True


def _asked_directly(run: Run, case: Case) -> tuple[Reply, bool]:
    run.prompt(_some_prompt(run.root))
    question = f"{run.cite([PROBE])}\n\nQuestion: {case.question}"
    try:
        response = model_request_sync(
            run.model(case.model), [ModelRequest.user_text_prompt(question)]
        )
    except PolicyRefused as refusal:
        return _denied(run, refusal), True
    reply = Reply.parse(response.text or "")
    run.outcome(reply)
    return reply, False


def _denied(run: Run, refusal: PolicyRefused) -> Reply:
    reply = Reply(f"denied by {refusal.rule}", (), abstained=False)
    run.outcome(reply, semconv.DENIED)
    return reply


def _some_prompt(root: Path) -> str:
    names = sorted(path.stem for path in (root / "prompts").glob("*.md"))
    if not names:
        raise ControlsError("prompts/ holds no prompt", "git checkout -- prompts/")
    return names[0]


def _answer(run: Run, reply: Reply, seconds: float, *, denied: bool) -> Answer:
    trail = run.trail
    return Answer(
        text=reply.text,
        citations=reply.citations,
        abstained=reply.abstained,
        denied=denied,
        retrieved=tuple(source.id for source in trail.sources),
        run_id=run.id,
        model=trail.response_model,
        calls=len(trail.calls),
        cost_usd=trail.usd,
        seconds=seconds,
    )
