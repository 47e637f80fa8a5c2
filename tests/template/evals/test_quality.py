"""What makes a set of cases worth less than it looks is found, and the shipped sets are clean."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controls.check.command import context
from controls.check.model import State
from controls.evals import checks, quality, sets
from controls.evals.cases import Case, EvalSet, Expect

TODAY = datetime.now(UTC).date()
WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliet",
    "kilo",
    "lima",
    "mike",
]


ANSWERED = Expect(contains=(("x",),))


def case(number, kind="k", expect=ANSWERED, **changed):
    made = Case(
        id=f"c{number}",
        kind=kind,
        question=f"{WORDS[number]} {WORDS[number]}{number}",
        expect=expect,
        critical=False,
        provenance="written from x.md",
        documents=(),
        canaries=(),
        data=None,
        model=None,
        tool=None,
        raw={},
        path="f",
        line=number + 1,
    )
    return replace(made, **changed)


def a_set(*cases, verifies=True):
    return EvalSet(
        name="demo",
        title="Demo",
        gated=True,
        verifies=verifies,
        min_pass=0.9,
        evaluators=(),
        task="ask",
        path="evals/sets/demo",
        cases=cases,
    )


BROAD = (
    *(case(n, f"kind {n}") for n in range(7)),
    *(case(n, "unanswerable", Expect(abstain=True)) for n in (7, 8, 9)),
    *(case(n, "kind 1", Expect(cites=("a", "b"))) for n in (10, 11, 12)),
)


def messages(*cases, **more):
    return [fault.message for fault in quality.faults(a_set(*cases, **more))]


def test_a_broad_set_is_clean():
    assert messages(*BROAD) == []


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        (
            [replace(c, kind="k") if c.expect.contains else c for c in BROAD],
            "demo has 3 kinds of cases, at least 8 are needed",
        ),
        (BROAD[:9] + BROAD[10:], "demo has 2 unanswerable cases, at least 3 are needed"),
        (BROAD[:-1], "demo has 2 multi-source cases, at least 3 are needed"),
        (
            [replace(BROAD[0], provenance=" "), *BROAD[1:]],
            "case 'c0' has no provenance",
        ),
        (
            [replace(BROAD[0], question="How long may the reset link be used?"),
             replace(BROAD[1], question="how long can the reset link be used"), *BROAD[2:]],
            "case 'c1' asks in nearly the same words as 'c0'",
        ),
    ],
    ids=["few kinds", "few unanswerable", "few multi-source", "no provenance", "twins"],
)  # fmt: skip
def test_each_fault_is_found(cases, message):
    assert messages(*cases) == [message]


def test_a_set_that_does_not_vouch_for_answers_may_be_narrow():
    assert messages(*BROAD[:2], verifies=False) == []


@pytest.mark.parametrize("name", ["smoke_v1", "hard_v1"])
def test_the_shipped_sets_are_clean(project, name):
    loaded = sets.load(project(2), name)
    assert list(quality.faults(loaded)) == []


def test_the_check_names_file_and_line(project):
    root = project(0)
    assert checks.cases(context(root, TODAY)).state is State.ok
    path = root / "evals/sets/smoke_v1/cases.jsonl"
    first = path.read_text().splitlines()[0]
    path.write_text(path.read_text() + first.replace("reset-password", "again", 1) + "\n")
    outcome = checks.cases(context(root, TODAY))
    assert (outcome.state, outcome.n) == (State.failed, 58 + 30 + 1)
    [finding] = outcome.findings
    assert (finding.path, finding.line) == ("evals/sets/smoke_v1/cases.jsonl", 59)
    assert finding.message == "case 'again' asks in nearly the same words as 'reset-password'"


def test_a_prompt_that_says_something_else_needs_another_version(project):
    root = project(0)
    assert checks.prompts(context(root, TODAY)).state is State.ok
    path = root / "prompts/answer.md"
    path.write_text(path.read_text().replace("two sentences", "one sentence"))
    outcome = checks.prompts(context(root, TODAY))
    assert outcome.state is State.failed
    [finding] = outcome.findings
    assert (finding.path, finding.message) == (
        "prompts/answer.md",
        "the text of prompt 'answer' changed and its version is still '1'",
    )
    path.write_text(path.read_text().replace('version: "1"', 'version: "2"'))
    assert checks.prompts(context(root, TODAY)).state is State.ok
