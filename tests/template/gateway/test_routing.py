"""What became of tasks, and what routing was worth, as the verb `gateway` tells it."""

import json
from pathlib import Path

import pytest
import warm
from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest

from controls.gateway import routing
from controls.run import Source, start

RESET = Source("reset", "Reset your password", "Open Settings and choose Reset password.")
EXPORT = Source("export", "Export your data", "An export is kept for 14 days. It holds messages.")


def ask(root: Path, question: str) -> str:
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        text = f"{run.cite([RESET, EXPORT])}\nQuestion: {question}"
        model_request_sync(run.model(), [ModelRequest.user_text_prompt(text)])
        return run.id


def gateway(root: Path, *words: str) -> tuple[int, object]:
    done = warm.run("controls", "gateway", *words, "--json", cwd=root)
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stderr


@pytest.mark.slow
def test_outcome_routing_and_stop_from_the_command_line(project):
    root = project(2)
    easy = ask(root, "How do I reset my password?")
    ask(root, "How do I reset my password and how long is an export kept?")
    assert gateway(root, "outcome", easy, "failure")[0] == 0
    _, rows = gateway(root, "report")
    assert (rows[-1]["tasks"], rows[-1]["successes"]) == (2, 1)
    _, found = gateway(root, "routing")
    assert (found["calls"], found["escalated"], found["escalation_rate"]) == (2, 1, 0.5)
    assert (found["auroc"], found["auroc_n"]) == (None, 1)
    assert 0 < found["saving"] < 1
    status, said = gateway(root, "outcome", "nobody", "success")
    assert (status, said.splitlines()[0]) == (2, "error: .aiwf/ledger.db has no run 'nobody'")
    assert gateway(root, "stop", "an", "incident")[1]["reason"] == "an incident"
    assert gateway(root, "resume") == (0, {"stopped": False})


@pytest.mark.parametrize(
    ("pairs", "value"),
    [
        ([(0.9, True), (0.1, False)], 1.0),
        ([(0.1, True), (0.9, False)], 0.0),
        ([(0.5, True), (0.5, False)], 0.5),
        ([(0.9, True), (0.4, True), (0.6, False), (0.2, False)], 0.75),
        ([(0.9, True)], None),
        ([], None),
    ],
)
def test_the_confidence_is_judged_by_how_it_ranks(pairs, value):
    assert routing.auroc(pairs) == value
