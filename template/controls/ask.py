"""Ask the workflow one question (the verb `ask`).

Runs the manifest's entrypoint inside a run and shows what a person must know beside the answer: its
sources, its disclosure, its cost and its run. At tier 1 the answer is a draft for the review queue;
nothing here sends it.
"""

import argparse
import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from controls import entrypoint
from controls import manifest as manifests
from controls.errors import ControlsError
from controls.reply import Reply
from controls.report import Report
from controls.run import Cap, Run, start
from controls.tracing import content, semconv
from controls.tracing.digest import digest

if TYPE_CHECKING:
    from controls.gateway.batch.together import Together

WORKSPACE = "local"
FEATURE = "answer"


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply with what must be shown beside it; `review_id` names the draft, at tier 1 alone."""

    reply: Reply
    run_id: str
    cost_usd: Decimal
    disclosure: str
    model: str
    review_id: str | None


def ask(  # noqa: PLR0913  every name is an answer to "who, on what, for which budget"
    root: Path,
    question: str,
    *,
    user: str | None = None,
    workspace: str | None = None,
    data: str | None = None,
    cap: Cap | None = None,
    run_id: str | None = None,
    together: "Together | None" = None,
) -> Asked:
    """Return the reply to `question`; `user` is by default whoever is logged in.

    The rest is as `controls.run.start` has it.

    Raises:
        ControlsError: when the question is empty, the workflow is broken, or the gateway refuses.
    """
    if not question.strip():
        raise ControlsError("the question is empty", 'make ask Q="how do I reset my password?"')
    entrypoint.load(root, manifests.load(root))  # before the run begins: imports are not its time
    who, where = user or _login(), workspace or WORKSPACE
    with start(
        root,
        feature=FEATURE,
        user=who,
        workspace=where,
        data=data,
        cap=cap,
        run_id=run_id,
        together=together,
    ) as run:
        reply = answered(root, run, question)
        review_id = _draft(root, run, question, reply) if run.manifest.tier == 1 else None
    trail = run.trail
    return Asked(reply, run.id, trail.usd, run.disclosure(), trail.response_model, review_id)


def answered(root: Path, run: Run, question: str) -> Reply:
    """Return the entrypoint's reply and record it as the outcome of `run`.

    Both texts are kept where the manifest says so; the span holds their digests.

    Raises:
        ControlsError: when the entrypoint is missing or returns something else than a reply, or
            what the model said was of no use to it.
    """
    run.root_span.set_attribute(semconv.INPUT_SHA256, digest(run, question))
    content.keep(run, content.QUESTION, question)
    reply = _of_use(lambda: entrypoint.load(root, run.manifest)(question, run))
    if not isinstance(reply, Reply):
        raise ControlsError(
            f"{run.manifest.entrypoint!r} returned {type(reply).__name__}, expected a Reply",
            "end it with `return Reply.parse(text)`",
        )
    run.outcome(reply)
    content.keep(run, content.ANSWER, reply.text)
    return reply


def _of_use(work: Callable[[], object]) -> object:
    """Return what `work` makes of the model's words, which may be none, or call an unknown tool."""
    try:
        return work()
    except ControlsError:
        raise
    except Exception as error:
        from pydantic_ai.exceptions import AgentRunError  # noqa: PLC0415  the workflow has it

        if not isinstance(error, AgentRunError):
            raise
        told = f"the workflow has no use for what the model said: {error.message}"
        raise ControlsError(told, "python -m controls trace shows each call") from error


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `ask`."""
    parser.add_argument("question", nargs="+", help='such as "how do I reset my password?"')
    parser.add_argument("--user", help="who asks (default: you); only a pseudonym is recorded")
    parser.add_argument("--workspace", help=f"whose budget pays (default: {WORKSPACE})")
    parser.add_argument("--data", metavar="CLASS", help="class of the data in the question")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return the answer to the question on the command line.

    Raises:
        ControlsError: as `ask` does.
    """
    question = " ".join(args.question)
    asked = ask(root, question, user=args.user, workspace=args.workspace, data=args.data)
    return Report(as_data(asked), _text(asked))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without a passwd entry
        return f"uid-{os.getuid()}"


def _draft(root: Path, run: Run, question: str, reply: Reply) -> str:
    from controls.review.queue import enqueue  # noqa: PLC0415  only tier 1 has a review queue

    return enqueue(root, run, question, reply)


def as_data(asked: Asked) -> dict[str, object]:
    """Return what `ask --json` prints."""
    return {
        "answer": asked.reply.text,
        "citations": list(asked.reply.citations),
        "abstained": asked.reply.abstained,
        "disclosure": asked.disclosure,
        "cost_usd": float(asked.cost_usd),
        "model": asked.model,
        "run_id": asked.run_id,
        "review_id": asked.review_id,
    }


def _text(asked: Asked) -> str:
    sources = ", ".join(asked.reply.citations) or "none"
    rows = [
        ("sources", sources),
        ("disclosure", asked.disclosure),
        ("model", f"{asked.model}, ${asked.cost_usd:.6f}"),
        ("run", f"{asked.run_id}   python -m controls trace {asked.run_id}"),
    ]
    if asked.review_id:
        rows.append(("draft", f"{asked.review_id}   not sent: python -m controls review"))
    return "\n".join([asked.reply.text, "", *(f"{name:<11} {value}" for name, value in rows)])
