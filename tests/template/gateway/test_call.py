"""A call through the gateway, end to end: what is answered, refused, booked and traced."""

from pathlib import Path

from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest

from controls.reply import Source
from controls.run import Run, start
from controls.tracing import read

RESET = Source(
    "password-reset",
    "Reset your password",
    "Open Settings and choose Reset password. The link is valid for 30 minutes.",
)


def ask(run: Run, question: str, *sources: Source, ref: str | None = None) -> str:
    run.prompt("answer")
    text = f"{run.cite(sources)}\nQuestion: {question}"
    return str(model_request_sync(run.model(ref), [ModelRequest.user_text_prompt(text)]).text)


def who(**more: object) -> dict[str, object]:
    return {"feature": "help", "user": "ada", "workspace": "acme", **more}


def test_a_question_is_answered_with_a_citation(project):
    with start(project(2), **who()) as run:
        assert "Reset password. [password-reset]" in ask(run, "How do I reset my password?", RESET)
