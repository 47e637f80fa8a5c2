from dataclasses import replace

import pytest

from controls.errors import ControlsError
from controls.evals import baseline
from controls.evals.baseline import Baseline
from controls.evals.cases import Case, Expect
from controls.evals.regression import compare
from controls.evals.results import Result, State

CASE = Case(
    id="a",
    kind="k",
    question="?",
    expect=Expect(),
    critical=False,
    provenance="",
    documents=(),
    canaries=(),
    data=None,
    model=None,
    raw={"q": 1},
    path="f",
    line=1,
)


def result(id_, *, ok):
    case = replace(CASE, id=id_)
    return Result(case, State.passed if ok else State.failed, "", None, "r")


def kept(**passed):
    return Baseline({id_: (CASE.sha256, ok) for id_, ok in passed.items()}, {})


def rerun(outcomes):
    """Return reruns of one case that pass or fail in turn, such as "pass fail"."""
    turns = iter(outcomes.split())
    return lambda cases: [result(case.id, ok=next(turns) == "pass") for case in cases]


def never(cases):
    raise AssertionError(f"{cases} must not run again")


def test_without_a_baseline_nothing_is_compared():
    assert compare("b", None, [result("a", ok=False)], never).name == ""


def test_a_case_that_fails_again_and_again_is_broken():
    found = compare("b", kept(a=True), [result("a", ok=False)], rerun("fail fail pass fail"))
    assert (found.broken, found.flaky, found.worse) == (("a",), (), ("a",))


def test_a_case_that_recovers_is_flaky():
    found = compare("b", kept(a=True), [result("a", ok=False)], rerun("fail pass pass fail"))
    assert (found.broken, found.flaky) == ((), ("a",))


def test_what_failed_before_is_no_regression_and_what_passes_now_is_fixed():
    results = [result("a", ok=False), result("b", ok=True), result("c", ok=True)]
    found = compare("b", kept(a=False, b=False, c=True), results, never)
    assert (found.worse, found.fixed, found.p_worse) == ((), ("b",), 0.5)


def test_a_rewritten_case_is_new_and_not_a_regression():
    before = Baseline({"a": ("another digest", True)}, {})
    assert compare("b", before, [result("a", ok=False)], never).worse == ()


def test_a_baseline_is_read_back_as_it_was_saved(tmp_path):
    file = tmp_path / "evals/baselines/demo.json"
    baseline.save(file, [result("a", ok=True), result("b", ok=False)], {"rate": 0.5})
    assert baseline.load(file) == Baseline(
        {"a": (CASE.sha256, True), "b": (CASE.sha256, False)}, {"rate": 0.5}
    )
    assert len(file.read_text().splitlines()) == 5


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cases": {"a": 1}, "figures": {}}'])
def test_a_corrupt_baseline_is_one_sentence_and_not_a_pass(tmp_path, text):
    file = tmp_path / "demo.json"
    file.write_text(text)
    with pytest.raises(ControlsError, match="baseline 'demo.json' cannot be read"):
        baseline.load(file)
