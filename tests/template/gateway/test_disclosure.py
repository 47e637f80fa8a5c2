"""Disclosure labels: they say what the evidence supports, and no more."""

import json
import shutil
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
import warm
from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest

from controls.errors import ControlsError
from controls.evals import evidence
from controls.gateway import labels
from controls.gateway.disclosure import label
from controls.gateway.label_probes import leave
from controls.prompts import Prompt
from controls.reply import Reply, Source
from controls.run import start
from controls.tracing import read
from controls.tracing.trail import Call

PROMPT = Prompt("answer", "1", None, "text", "aa", Path("prompts/answer.md"))
SOURCES = (Source("a", "A", "text"),)
PASSED = {
    "set": "smoke_v1",
    "exit": 0,
    "cases": 50,
    "passed": 49,
    "rate": 0.98,
    "floor": 0.92,
    "complete": True,
    "prompt": {"name": "answer", "version": "1", "sha256": "aa"},
    "models": ["embedded-small-1", "embedded-large-1"],
    "run_ids": [f"{number:04x}" for number in range(50)],
    "rows": [
        {
            "id": f"case-{number}",
            "state": "failed" if number == 7 else "passed",
            "critical": False,
            "run_id": f"{number:04x}",
            "got": f"Answer {number}.",
        }
        for number in range(50)
    ],
    "started": "2026-01-01T00:00:00Z",
}


def report(root: Path, **changes: object) -> Path:
    described(root)
    leave(root, {**PASSED, **changes})
    return root


def described(root: Path, head: str = "gated: true\nverifies: answers\nmin_pass: 0.92\n") -> Path:
    folder = root / "evals/sets/smoke_v1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "set.yaml").write_text(head)
    return root


def test_without_a_report_nothing_is_verified(tmp_path):
    assert label(tmp_path, PROMPT, "embedded-small-1", human_edited=False, sources=SOURCES) == (
        "model-drafted · sources attached · not verified by eval"
    )


def test_a_passed_set_of_this_prompt_and_model_verifies(tmp_path):
    assert label(
        report(tmp_path), PROMPT, "embedded-small-1", human_edited=False, sources=SOURCES
    ) == ("model-drafted · sources attached · verified by eval smoke_v1")


def test_words_that_a_person_changed_were_verified_by_no_eval(tmp_path):
    assert label(
        report(tmp_path), PROMPT, "embedded-small-1", human_edited=True, sources=SOURCES
    ) == ("model-drafted · human-edited · sources attached")


@pytest.mark.parametrize(
    "change",
    [
        {"exit": 1},
        {"exit": False},
        {"cases": 0},
        {"cases": True},
        {"rate": 0.9},
        {"rate": None},
        {"floor": 0.0},
        {"floor": None},
        {"floor": 0.9},
        {"complete": False},
        {"complete": None},
        {"prompt": {"name": "answer", "version": "1", "sha256": "bb"}},
        {"prompt": None},
        {"models": ["embedded-large-1"]},
        {"models": "embedded-small-1"},
        {"passed": 50},
        {"rate": 1.0},
        {"run_ids": []},
        {"rows": []},
        {"rows": None},
        {"started": "yesterday"},
    ],
)
def test_any_other_report_verifies_nothing(tmp_path, change):
    said = label(
        report(tmp_path, **change), PROMPT, "embedded-small-1", human_edited=False, sources=()
    )
    assert said == "model-drafted · no sources · not verified by eval"


def test_a_report_that_is_no_json_verifies_nothing(tmp_path):
    (report(tmp_path) / ".aiwf/reports/evals/smoke_v1.json").write_text("{")
    assert "not verified" in label(
        tmp_path, PROMPT, "embedded-small-1", human_edited=False, sources=()
    )


def test_a_refused_run_says_that_no_model_was_asked(tmp_path):
    assert (
        label(tmp_path, None, "", human_edited=False, sources=())
        == "no model was asked · no sources"
    )


@pytest.mark.parametrize(
    "head",
    [
        "gated: true\nmin_pass: 0.92\n",
        "gated: false\nverifies: answers\nmin_pass: 0.92\n",
        "gated: true\nverifies: answers\nmin_pass: 0.95\n",
        "gated: true\nverifies: answers\nmin_pass: high\n",
        "{",
    ],
    ids=["silent about it", "not gated", "with a higher floor now", "odd floor", "no YAML"],
)
def test_a_set_that_does_not_vouch_for_answers_verifies_nothing(tmp_path, head):
    described(report(tmp_path), head)
    said = label(tmp_path, PROMPT, "embedded-small-1", human_edited=False, sources=())
    assert said == "model-drafted · no sources · not verified by eval"


def test_the_report_of_a_set_that_is_gone_verifies_nothing(tmp_path):
    (report(tmp_path) / "evals/sets/smoke_v1/set.yaml").unlink()
    said = label(tmp_path, PROMPT, "embedded-small-1", human_edited=False, sources=())
    assert said == "model-drafted · no sources · not verified by eval"


def asked(root: Path) -> str:
    return label(root, PROMPT, "embedded-small-1", human_edited=False, sources=())


def failing(root: Path) -> Path:
    """Leave a run of which 40 of 50 cases passed, and its honest report."""
    rows = [
        {**row, "state": "failed" if number % 5 == 0 else "passed"}
        for number, row in enumerate(PASSED["rows"])
    ]
    return report(root, rows=rows, passed=40, rate=0.8, exit=1)


def forge(root: Path, **changes: object) -> Path:
    path = root / ".aiwf/reports/evals/smoke_v1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return root


GOOD_ROWS = [{**row, "state": "passed"} for row in PASSED["rows"]]


@pytest.mark.parametrize(
    "edit",
    [
        {"exit": 0},
        {"exit": 0, "rate": 1.0},
        {"exit": 0, "rate": 1.0, "passed": 50},
        {"exit": 0, "rate": 1.0, "passed": 50, "rows": GOOD_ROWS},
        {"exit": 0, "floor": 0.5, "rate": 0.8},
    ],
    ids=["exit", "rate", "counts", "every row", "lowered floor"],
)
def test_a_failed_report_that_was_edited_into_a_passed_one_verifies_nothing(tmp_path, edit):
    assert asked(forge(failing(tmp_path), **edit)).endswith("not verified by eval")


def test_a_label_follows_a_report_that_changes_while_the_process_lives(tmp_path):
    root = report(tmp_path)
    assert asked(root).endswith("verified by eval smoke_v1")
    assert asked(forge(root, rate=0.5)).endswith("not verified by eval")


def test_a_lowered_floor_in_report_and_set_verifies_nothing(tmp_path):
    root = forge(failing(tmp_path), exit=0, floor=0.5)
    described(root, "gated: true\nverifies: answers\nmin_pass: 0.5\n")
    assert asked(root).endswith("not verified by eval")


@pytest.mark.parametrize(
    ("edit", "prompt", "model"),
    [
        ({"prompt": {"name": "answer", "version": "2", "sha256": "bb"}}, "bb", "embedded-small-1"),
        ({"models": ["gpt-5-mini"]}, "aa", "gpt-5-mini"),
        ({"inputs_sha256": "0" * 64}, "aa", "embedded-small-1"),
        ({"run_ids": ["ffff"]}, "aa", "embedded-small-1"),
        ({"started": "2020-01-01T00:00:00Z"}, "aa", "embedded-small-1"),
    ],
    ids=["another prompt", "another model", "another tree", "other runs", "another day"],
)
def test_a_passed_report_that_was_edited_verifies_nothing_else(tmp_path, edit, prompt, model):
    asking = Prompt("answer", "1", None, "text", prompt, Path("prompts/answer.md"))
    root = forge(report(tmp_path), **edit)
    said = label(root, asking, model, human_edited=False, sources=())
    assert said.endswith("not verified by eval")


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": {"name": "answer", "version": "2", "sha256": "bb"}},
        {"models": ["embedded-small-1", "gpt-5-mini"]},
        {"rows": [{**row, "got": "Other words."} for row in PASSED["rows"]]},
        {"rows": [{**row, "run_id": "0001"} for row in PASSED["rows"]]},
    ],
    ids=["another prompt", "another model", "other answers", "one run for all"],
)
def test_even_a_sealed_report_verifies_nothing_without_its_runs(tmp_path, changes):
    """The forger has sealed the new report, too, and its runs tell otherwise."""
    root = report(tmp_path)
    body = json.dumps({**json.loads(reported(root).read_text()), **changes})
    reported(root).write_text(body)
    digest = sha256(body.encode()).hexdigest()
    traces = next((root / ".aiwf/traces").glob("*/*.jsonl"))
    last = json.loads(traces.read_text().splitlines()[-1])
    last["attributes"] = evidence.marks({"set": "smoke_v1"}, digest)
    with traces.open("a") as file:
        file.write(json.dumps(last, separators=(",", ":")) + "\n")
    prompt = json.loads(body)["prompt"]["sha256"]
    asking = Prompt("answer", "1", None, "text", prompt, Path("prompts/answer.md"))
    model = json.loads(body)["models"][-1]
    said = label(root, asking, model, human_edited=False, sources=())
    assert said.endswith("not verified by eval")


def reported(root: Path) -> Path:
    return root / ".aiwf/reports/evals/smoke_v1.json"


def test_without_the_traces_of_its_runs_a_report_verifies_nothing(tmp_path):
    root = report(tmp_path)
    shutil.rmtree(root / ".aiwf/traces")
    assert asked(root).endswith("not verified by eval")


def test_a_tree_that_changed_since_the_eval_is_verified_by_no_eval(tmp_path):
    root = report(tmp_path)
    (root / "workflow").mkdir()
    (root / "workflow/answer.py").write_text("changed = True\n")
    assert asked(root).endswith("not verified by eval")


def claimed(root: Path, act) -> list[str]:
    """Return what is wrong with the labels after a run in which code did `act` by itself."""
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        act(run)
        run.outcome(Reply.parse("Words of somebody."))
    return [finding.message for finding in labels.false(root)[1]]


def test_code_that_names_a_model_which_it_never_asked_is_found(project):
    told = claimed(
        project(0),
        lambda run: run.trail.calls.append(Call("gpt-5", "allow", "answered", Decimal(0))),
    )
    assert len(told) == 1
    assert told[0].endswith("names the model 'gpt-5', and no call of it was answered so")


def test_code_that_names_sources_which_it_never_retrieved_is_found(project):
    def act(run) -> None:
        run.trail.retrieved = True
        run.trail.sources.extend(SOURCES)

    (told,) = claimed(project(0), act)
    assert told.endswith("names sources, and no retrieval of it found them")


def test_a_run_that_did_what_it_says_is_in_order(project):
    def act(run) -> None:
        text = f"{run.cite(SOURCES)}\nQuestion: text?"
        model_request_sync(run.model(), [ModelRequest.user_text_prompt(text)])

    assert claimed(project(0), act) == []


@pytest.mark.parametrize("key", ["aiwf.disclosure", "gen_ai.response.model", "aiwf.run.id"])
def test_no_caller_sets_what_is_read_off_the_trace(project, key):
    root = project(0)
    with (
        pytest.raises(ControlsError) as error,
        start(root, feature="help", attributes={key: "verified by eval smoke_v1"}),
    ):
        pass
    assert error.value.message == f"{key!r} is read off what a run did, and no caller can set it"
    assert list(read.spans(root)) == []


@pytest.mark.slow
def test_a_real_eval_verifies_and_its_edited_report_is_a_finding(project):
    root = project(0)
    warm.run("evals.run", "--set", "smoke_v1", cwd=root, check=True)
    question = ("controls", "ask", "How do I reset my password?", "--json")
    done = warm.run(*question, cwd=root, check=True)
    assert json.loads(done.stdout)["disclosure"].endswith("· verified by eval smoke_v1")
    assert labels.false(root)[1] == []
    forge(root, rate=1.0)
    told = [finding.message for finding in labels.false(root)[1]]
    assert len(told) == 1
    assert told[0].endswith("claims eval 'smoke_v1', and no report of it supports that")
    done = warm.run(*question, cwd=root, check=True)
    assert json.loads(done.stdout)["disclosure"].endswith("· not verified by eval")
