"""`make check` runs everything, keeps going, stays in order and says what to do next."""

import io
import json
import os
import sys
import time

import pytest

from controls import catalogue
from controls.paint import Paint
from controls.verify import steps
from controls.verify.account import Asked, account, as_data
from controls.verify.execute import Ran, Waiting, execute
from controls.verify.progress import Progress
from controls.verify.question import question
from controls.verify.screen import complaint, detail, screen
from controls.verify.steps import Step


def python(name: str, *codes: str) -> Step:
    return Step(name, tuple((sys.executable, "-c", code) for code in codes))


def ended(root, *commands: Step, workers: int = 2) -> list[Ran]:
    return [event for event in execute(root, commands, workers, 5) if isinstance(event, Ran)]


def test_steps_end_in_their_order_whichever_is_quicker(tmp_path):
    slow = python("slow", "import time; time.sleep(0.3)")
    assert [ran.name for ran in ended(tmp_path, slow, python("quick", "pass"))] == ["slow", "quick"]


def test_a_failure_does_not_stop_the_others(tmp_path):
    ran = ended(tmp_path, python("bad", "exit(1)"), python("good", "pass"), workers=1)
    assert [(step.name, step.passed) for step in ran] == [("bad", False), ("good", True)]


def test_only_what_failed_is_in_the_output(tmp_path):
    (ran,) = ended(tmp_path, python("two", "print('fine')", "print('wrong'); exit(1)"))
    assert (ran.passed, ran.output, ran.out) == (False, "wrong", "fine\n\nwrong\n")


def test_a_program_that_is_not_there_fails_with_a_hint(tmp_path):
    (ran,) = ended(tmp_path, Step("lint", ((str(tmp_path / "ruff"), "check"),)))
    assert ran.output == "ruff cannot start: No such file or directory\nhint: make setup"


def test_a_step_with_nothing_to_look_at_fails(tmp_path):
    (ran,) = ended(tmp_path, Step("evals", (), "no eval set is gated"))
    assert (ran.passed, ran.output) == (False, "no eval set is gated")


def test_a_long_step_gives_signs_of_life(tmp_path):
    events = list(execute(tmp_path, [python("long", "import time; time.sleep(0.5)")], 2, 0.1))
    assert len(events) >= 3
    assert events[0].names == ("long",)
    assert isinstance(events[-1], Ran)


@pytest.mark.parametrize("name", ["GIT_DIR", "MIN_PASS_RATE", "EVAL_SET", "PYTEST_ADDOPTS"])
def test_the_callers_environment_cannot_weaken_a_step(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "0")
    (ran,) = ended(tmp_path, python("env", f"import os; print({name!r} in os.environ)"))
    assert ran.out == "False\n"


def test_lint_looks_at_the_owners_files_alone(sealed):
    root = sealed(0)
    (root / "workflow/new.py").write_text("x = 1\n")
    files = steps.owned(root, catalogue.load(root))
    assert "workflow/new.py" in files
    assert "tests/test_answer.py" in files
    assert not [name for name in files if name.startswith(("controls/", "evals/"))]


def test_the_owners_rooms_pass_the_lint_that_they_are_shipped_with(sealed):
    root = sealed(2)
    (ran,) = ended(root, steps.first(root, 2, catalogue.load(root))[0])
    assert (ran.name, ran.output, ran.passed) == ("lint", "", True)


def test_a_fault_in_the_owners_code_is_named_with_its_place(sealed):
    root = sealed(2)
    (root / "workflow/new.py").write_text("import os\n")
    (ran,) = ended(root, steps.first(root, 2, catalogue.load(root))[0])
    assert not ran.passed
    assert "workflow/new.py:1:8: F401" in ran.output


@pytest.mark.parametrize(
    ("tier", "sets"),
    [
        (0, ["smoke_v1"]),
        (1, ["smoke_v1"]),
        (2, ["smoke_v1", "redteam_v1", "policy_v1"]),
    ],
)
def test_the_sets_that_the_tier_requires_are_run_and_no_others(sealed, tier, sets):
    root = sealed(tier)
    evals = steps.first(root, tier, catalogue.load(root))[-1]
    assert [command[-1] for command in evals.commands] == sets


def test_the_question_is_one_that_can_be_answered(tmp_path):
    folder = tmp_path / "evals/sets/smoke_v1"
    folder.mkdir(parents=True)
    cases = [
        {"question": "who won?", "expect": {"abstain": True}},
        {"question": "how do I leave?", "expect": {"contains": ["door"]}},
    ]
    (folder / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))
    assert question(tmp_path) == "how do I leave?"


def test_without_readable_cases_a_question_is_still_asked(tmp_path):
    assert question(tmp_path) == "what can you help me with?"


PENDING = {
    "id": "OWN-1",
    "title": "accountable owner",
    "state": "pending",
    "n": 6,
    "evidence": "",
    "findings": [
        {"message": "spec.owner is not named", "path": "ai-workflow.yaml", "line": 10, "hint": ""},
        {"message": "nor is another", "path": "ai-workflow.yaml", "line": 11, "hint": ""},
    ],
}
FAILED = PENDING | {
    "id": "TPL-1",
    "state": "failed",
    "findings": [{"message": "it was edited", "path": "controls/x.py", "line": 0, "hint": "undo"}],
}
ANSWER = {"answer": "Use the door.\n[doors]", "citations": ["doors"]}
REPORT = {
    "set": "smoke_v1",
    "passed": 57,
    "cases": 58,
    "rate": 0.983,
    "floor": 0.92,
    "cost_usd": 0.0123,
    "models": ["embedded-small-1"],
}


def whole(tmp_path, *controls, passed=True):
    folder = tmp_path / ".aiwf/reports/evals"
    folder.mkdir(parents=True)
    (folder / "smoke_v1.json").write_text(json.dumps(REPORT))
    states = [control["state"] for control in controls]
    data = {"ok": 3, "pending": states.count("pending"), "failed": states.count("failed")}
    ran = [
        Ran("lint", True, 0.1, "", ""),  # noqa: FBT003
        Ran("tests", True, 2.0, "", "....\n15 passed in 1.9s\n"),  # noqa: FBT003
        Ran("controls", passed, 4.0, "{}", json.dumps(data | {"controls": controls})),
        Ran("answer", True, 1.0, "", json.dumps(ANSWER)),  # noqa: FBT003
    ]
    return account(tmp_path, ran, ["smoke_v1"], Asked(0.0, "how do I leave?"), 12.3)


def test_the_last_screen_of_a_pass_says_what_is_pending_and_what_to_do_next(tmp_path):
    assert screen(whole(tmp_path, PENDING), Paint()).splitlines() == [
        "",
        "  PASSED in 12 s, 1 pending before production",
        "",
        "  controls   3 ok · 1 pending",
        "  pending    OWN-1  ai-workflow.yaml:10: spec.owner is not named (and 1 more)",
        "  eval       smoke_v1 57/58 = 0.98, floor 0.92",
        "  cost       $0.0123 for the evals, at the notional prices of the embedded models",
        "  question   how do I leave?",
        "  answer     Use the door. [doors]",
        "             sources: doors",
        "",
        '  make ask Q="…"            ask it something of your own',
        "  make trace                see what the last run did, step by step",
        "  make doctor               what this machine and this forge still lack",
    ]


def test_the_last_screen_of_a_failure_names_step_control_and_place(tmp_path):
    lines = screen(whole(tmp_path, FAILED, passed=False), Paint()).splitlines()
    assert lines[1] == "  FAILED: controls in 12 s"
    assert "  failed     TPL-1  controls/x.py: it was edited" in lines


def test_a_failed_control_is_told_in_words_and_not_as_data(tmp_path):
    run = whole(tmp_path, FAILED, passed=False)
    assert complaint(run.steps[2], run).splitlines() == [
        "TPL-1 accountable owner",
        "  controls/x.py: it was edited",
        "  hint: undo",
    ]


def test_a_few_words_stand_beside_each_step(tmp_path):
    run = whole(tmp_path, PENDING)
    assert detail(run.steps[1], run) == "15 passed"
    assert detail(run.steps[2], run) == "3 ok, 1 pending"
    assert detail(run.steps[0], run) == ""


def test_the_data_has_verdict_steps_and_cost(tmp_path):
    data = as_data(whole(tmp_path, FAILED, passed=False))
    assert (data["verdict"], data["failed"], data["cost_usd"]) == ("failed", ["controls"], 0.0123)
    assert data["notional"] is True
    assert data["answer"] == {"question": "how do I leave?", **ANSWER}


def test_a_step_that_left_nothing_readable_leaves_an_empty_account(tmp_path):
    run = account(tmp_path, [Ran("controls", False, 1.0, "boom", "boom")], ["smoke_v1"], Asked(0))  # noqa: FBT003
    assert (run.controls, run.evals, run.failed) == ({}, (), ("controls",))
    assert complaint(run.steps[0], run) == "boom"


def test_a_report_of_an_earlier_run_says_nothing_about_this_one(tmp_path):
    ran = whole(tmp_path).steps
    assert account(tmp_path, ran, ["smoke_v1"], Asked(time.time() + 60)).evals == ()


def test_a_set_of_which_no_case_ran_has_no_rate(tmp_path):
    run = whole(tmp_path)
    (tmp_path / ".aiwf/reports/evals/smoke_v1.json").write_text(json.dumps(REPORT | {"rate": None}))
    run = account(tmp_path, run.steps, ["smoke_v1"], Asked(0))
    assert "  eval       smoke_v1 no case ran, floor 0.92" in screen(run, Paint()).splitlines()


def test_progress_is_a_line_a_step_and_the_end_of_what_a_failed_one_said():
    stream = io.StringIO()
    progress = Progress(stream, Paint(symbols=False))
    progress.waiting(Waiting(("tests", "evals"), 4.6))
    ran = Ran("tests", False, 2.04, "", "")  # noqa: FBT003
    progress.ended(ran, "1 failed", "\n".join(map(str, range(42))))
    lines = stream.getvalue().splitlines()
    assert lines[:4] == [
        "  ... 5 s, still running: tests, evals",
        "  x tests      2.0 s   1 failed",
        "      ... 2 lines before",
        "      2",
    ]
    assert lines[-1] == "      41"


def test_on_a_terminal_the_sign_of_life_gives_way_to_the_next_line():
    stream = io.StringIO()
    progress = Progress(stream, Paint(width=80))
    progress.waiting(Waiting(("tests",), 5))
    progress.ended(Ran("tests", True, 6.0, "", ""), "", "")  # noqa: FBT003
    assert stream.getvalue() == (
        "\r\x1b[K  … 5 s, still running: tests\r\x1b[K  ✓ tests      6.0 s\n"
    )


def test_the_steps_run_with_the_environments_own_programs(tmp_path):
    (ran,) = ended(tmp_path, python("path", "import os; print(os.environ['PATH'])"))
    assert ran.out.split(os.pathsep)[0] == str(steps.BIN)
