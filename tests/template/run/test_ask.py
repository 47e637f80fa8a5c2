import json
import subprocess
import sys

import pytest
import warm


def ask(root, *args):
    return warm.run("controls", "ask", *args, cwd=root)


def test_an_answer_comes_with_sources_disclosure_cost_and_run(project):
    command = [sys.executable, "-m", "controls", "ask", "how do I reset my password?"]
    done = subprocess.run(command, cwd=project(2), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answer, _, sources, disclosure, model, run = done.stdout.splitlines()
    assert "[password-reset]" in answer
    assert sources.startswith("sources     password-reset")
    assert disclosure == "disclosure  model-drafted · sources attached · not verified by eval"
    assert model.startswith("model       embedded-")
    assert " $0.0000" in model
    assert run.split()[0] == "run"


def test_an_unanswerable_question_abstains(project):
    data = json.loads(ask(project(0), "--json", "Who won the 1930 world cup?").stdout)
    assert data["answer"] == "I don't know: the knowledge base does not say."
    assert (data["abstained"], data["citations"]) == (True, [])


def test_at_tier_1_the_answer_is_a_draft_that_waits_for_a_person(project):
    root = project(1)
    done = ask(root, "how do I reset my password?")
    draft = done.stdout.splitlines()[-1]
    assert draft.startswith("draft ")
    assert draft.endswith("not sent: python -m controls review")
    waiting = warm.run("controls", "review", "list", cwd=root, check=True).stdout
    assert draft.split()[1] in waiting


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([" "], "error: the question is empty\n"),
        (["--data", "secret", "x"], "secret"),
        (["--data", "nonsense", "x"], "error: data class 'nonsense' is unknown\n"),
        (["--user", "\udcff", "x"], r"error: the user '\udcff' is not UTF-8 text at character 0"),
    ],
    ids=["an empty question", "secret data", "an unknown class", "a user who is no text"],
)
def test_what_cannot_be_asked_is_one_sentence(project, args, message):
    done = ask(project(2), *args)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_workflow_that_returns_no_reply_is_told_how(project):
    root = project(0)
    (root / "workflow/answer.py").write_text("def answer(question, run):\n    return 'yes'\n")
    done = ask(root, "x")
    assert done.stderr == (
        "error: 'workflow.answer:answer' returned str, expected a Reply\n"
        "hint: end it with `return Reply.parse(text)`\n"
    )
