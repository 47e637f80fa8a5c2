"""Disclosure labels: they say what the evidence supports, and no more."""

import json
from pathlib import Path

import pytest

from controls.gateway.disclosure import label
from controls.prompts import Prompt
from controls.reply import Source

PROMPT = Prompt("answer", "1", None, "text", "aa", Path("prompts/answer.md"))
SOURCES = (Source("a", "A", "text"),)
PASSED = {
    "set": "smoke_v1",
    "exit": 0,
    "cases": 50,
    "rate": 0.98,
    "floor": 0.92,
    "complete": True,
    "prompt": {"name": "answer", "version": "1", "sha256": "aa"},
    "models": ["embedded-small-1", "embedded-large-1"],
}


def report(root: Path, **changes: object) -> Path:
    folder = root / ".aiwf/reports/evals"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "smoke_v1.json").write_text(json.dumps({**PASSED, **changes}))
    return described(root)


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
        {"set": "other"},
        {"prompt": {"name": "answer", "version": "1", "sha256": "bb"}},
        {"prompt": None},
        {"models": ["embedded-large-1"]},
        {"models": "embedded-small-1"},
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
