"""Runs one case: through the workflow, or, for policy and tool cases, straight at the gateway.

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
from controls.evals import tool_channel
from controls.evals.cases import Answer, Case, EvalSet, ToolResult
from controls.evals.contained import Ended
from controls.evals.flight import Flight
from controls.gateway import ledger
from controls.gateway.refusal import BudgetRefused, PolicyRefused
from controls.reply import Reply, Source
from controls.run import Cap, Run, start
from controls.tracing import semconv

WORKSPACE = "evals"
JUDGE = "judge"  # the feature under which asking a judge is booked
GATEWAY = "gateway"
OVERLONG = frozenset({"context-cap", "top-k"})
PROBE = Source("policy-probe", "Policy probe", "This text tests who may read it.")


class Stopped(Exception):
    """The cost ceiling was reached; cases that have not begun do not begin."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a run delivered, or the rules that denied it; `tools` are those the model asked for."""

    reply: Reply
    denied: bool = False
    denied_by: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


@dataclass(slots=True)
class Task:
    """Runs cases of one set under one ceiling; `runs` keeps ids, of crashed runs too.

    `model` stands in for what the workflow asks, None lets it ask what it is made to.
    """

    root: Path
    evals: EvalSet
    cap: Cap
    model: str | None
    profile: str
    runs: dict[str, str] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    flight: Flight = field(default_factory=Flight)

    def __call__(self, case: Case) -> Answer:
        """Return what `case` brought back.

        Where the ceiling is near, a case waits for what others only hold, and begins anew.

        Raises:
            Stopped: when the ceiling is reached, or was before this case began.
            Ended: when the workflow raised what would end the process.
        """
        with self.flight.one():
            while not self.stopped.is_set():
                try:
                    return self._run(case, time.perf_counter())
                except BudgetRefused as refusal:
                    if refusal.rule != "cap":
                        raise
                    if not (refusal.passing and self.flight.another_ends()):
                        self.stopped.set()
                except Exception:
                    raise
                except BaseException as error:  # nobody interrupts a thread: it was the workflow
                    raise Ended(error) from error
        raise Stopped

    def spent(self) -> Decimal:
        """Return what all runs under the ceiling cost, as the ledger has it."""
        return ledger.open(self.root).spent("cap", self.cap.id)

    def judged(self) -> Decimal:
        """Return what of that went to judges, whatever came of asking them."""
        return ledger.open(self.root).spent_on(JUDGE, "cap", self.cap.id)

    def _run(self, case: Case, began: float) -> Answer:
        with start(
            self.root,
            feature=FEATURE,
            data=case.data,
            user=f"case {case.id}",
            workspace=WORKSPACE,
            documents=case.documents,
            cap=self.cap,
            model=None if self.evals.task == GATEWAY else self.model,
            attributes={semconv.EVAL_SET: self.evals.name, semconv.EVAL_CASE: case.id},
        ) as run:
            self.runs[case.id] = run.id
            brought = _brought(self.evals, run, case)
        return _answer(run, brought, time.perf_counter() - began)


def _brought(evals: EvalSet, run: Run, case: Case) -> Brought:
    """Return what came back; a denial that the case asks for or brought about is an answer."""
    meant = frozenset() if evals.task == GATEWAY else OVERLONG
    try:
        if evals.task == GATEWAY:
            return _asked_directly(run, case)
        if case.tool:
            return _asked_after_a_tool(run, case, case.tool)
        return Brought(answered(run.root, run, case.question))
    except PolicyRefused as refusal:
        if meant and refusal.rule not in meant:
            raise
        reply = Reply(f"denied by {refusal.rule}", (), abstained=False)
        run.outcome(reply, semconv.DENIED)
        return Brought(reply, denied=True, denied_by=refusal.rules)


def _asked_directly(run: Run, case: Case) -> Brought:
    run.prompt(_some_prompt(run.root))
    question = f"{run.cite([PROBE])}\n\nQuestion: {case.question}"
    response = model_request_sync(run.model(case.model), [ModelRequest.user_text_prompt(question)])
    reply = Reply.parse(response.text or "")
    run.outcome(reply)
    return Brought(reply)


def _asked_after_a_tool(run: Run, case: Case, tool: ToolResult) -> Brought:
    prompt = run.prompt(_some_prompt(run.root))
    response = tool_channel.asked(run, prompt, case.question, tool, case.expect.not_tools)
    reply = Reply.parse(response.text or "")
    run.outcome(reply)
    return Brought(reply, tools=tuple(call.tool_name for call in response.tool_calls))


def _some_prompt(root: Path) -> str:
    names = sorted(path.stem for path in (root / "prompts").glob("*.md"))
    if not names:
        raise ControlsError("prompts/ holds no prompt", "git checkout -- prompts/")
    return FEATURE if FEATURE in names else names[0]


def _answer(run: Run, brought: Brought, seconds: float) -> Answer:
    trail, reply = run.trail, brought.reply
    prompt = trail.prompt
    return Answer(
        text=reply.text,
        citations=reply.citations,
        abstained=reply.abstained,
        denied=brought.denied,
        denied_by=brought.denied_by,
        retrieved=tuple(source.id for source in trail.sources),
        run_id=run.id,
        model=trail.response_model,
        calls=len(trail.calls),
        cost_usd=trail.usd,
        seconds=seconds,
        tools=brought.tools,
        data=run.data_class,
        prompt=(prompt.name, prompt.version, prompt.sha256) if prompt else (),
    )
