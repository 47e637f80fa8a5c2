"""The eval sets of a new repository keep the rules that make their pass rate mean something."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from workflow.retrieval import STOP_WORDS, articles

SETS = Path(__file__).parents[3] / "template" / "evals" / "sets"
ARTICLES = {article.id: " ".join(article.text.split()).lower() for article in articles()}


def cases(name):
    lines = (SETS / name / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


SMOKE, HARD = cases("smoke_v1"), cases("hard_v1")
EVERY = [pytest.param(case, id=case["id"]) for case in SMOKE + HARD]


def abstaining(some):
    return [case for case in some if case["expect"].get("abstain")]


def several(some):
    return [case for case in some if len(case["expect"].get("cites", ())) > 1]


def content(question):
    return set(re.findall(r"\w+", question.lower())) - STOP_WORDS


def test_smoke_is_large_and_varied_enough_for_a_gate():
    assert 52 <= len(SMOKE) <= 60
    assert len({case["kind"] for case in SMOKE}) >= 8
    assert len(abstaining(SMOKE)) >= 6
    assert len(several(SMOKE)) >= 4


def test_hard_holds_thirty_cases_of_several_kinds():
    assert len(HARD) == 30
    assert len({case["kind"] for case in HARD}) >= 5
    assert abstaining(HARD)
    assert several(HARD)


def test_every_article_is_asked_about():
    cited = {article for case in SMOKE for article in case["expect"].get("cites", ())}
    assert cited == set(ARTICLES)


def test_ids_are_unique_over_both_sets():
    ids = [case["id"] for case in SMOKE + HARD]
    assert len(ids) == len(set(ids))


def test_no_two_questions_share_most_of_their_words():
    close = [
        (one["id"], other["id"])
        for one, other in combinations(SMOKE + HARD, 2)
        if (shared := content(one["question"]) & content(other["question"]))
        and 2 * len(shared) > len(content(one["question"]) | content(other["question"]))
    ]
    assert close == []


def test_the_cases_that_must_pass_are_critical():
    critical = {case["id"] for case in SMOKE if case["critical"]}
    assert critical == {
        "reset-password",
        "workspace-kept",
        "workspace-restore",
        "delete-workspace-steps",
        "delete-account-steps",
        "medical-dose",
        "legal-landlord",
    }


@pytest.mark.parametrize("case", EVERY)
def test_a_case_says_that_it_was_written_before_any_model_ran(case):
    assert case["provenance"].endswith("before any model ran")
    for article in case["expect"].get("cites", ()):
        assert f"{article}.md" in case["provenance"]


@pytest.mark.parametrize("case", EVERY)
def test_a_case_expects_either_an_abstention_or_cited_words(case):
    expect = case["expect"]
    assert expect.get("abstain", False) != bool(expect.get("contains") and expect.get("cites"))


@pytest.mark.parametrize("case", EVERY)
def test_what_a_case_expects_stands_in_an_article_that_it_cites(case):
    cited = " ".join(ARTICLES[article] for article in case["expect"].get("cites", ()))
    for words in case["expect"].get("contains", ()):
        assert words.lower() in cited
    for words in case["expect"].get("excludes", ()):
        assert words.lower() not in cited


@pytest.mark.parametrize("case", several(SMOKE + HARD), ids=lambda case: case["id"])
def test_a_case_of_several_sources_needs_each_of_them(case):
    expect = case["expect"]
    for article in expect["cites"]:
        others = " ".join(ARTICLES[other] for other in expect["cites"] if other != article)
        assert any(words.lower() not in others for words in expect["contains"]), article
