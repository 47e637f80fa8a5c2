from dataclasses import replace

import pytest

from controls.errors import ControlsError
from controls.evals import baseline
from controls.evals.baseline import Baseline, Kept
from controls.evals.cases import Case, Expect
from controls.evals.regression import Compared, Policy, compare, settle
from controls.evals.results import Result, State, summarised

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
    tool=None,
    raw={"q": 1},
    path="f",
    line=1,
)
LAX = Policy(floor=0.0)


def result(id_, *, ok, critical=False):
    case = replace(CASE, id=id_, critical=critical)
    return Result(case, State.passed if ok else State.failed, "", None, "r")


def kept(**runs):
    """Return a baseline such as `kept(a="+++++")`."""
    held = {id_: Kept(CASE.sha256, tuple(mark == "+" for mark in r)) for id_, r in runs.items()}
    return Baseline(held, {})


def rerun(outcomes):
    """Return reruns of one case that pass or fail in turn, such as "++-+"."""
    turns = iter(outcomes)
    return lambda cases: [result(case.id, ok=next(turns) == "+") for case in cases]


def never(cases):
    raise AssertionError(f"{cases} must not run again")


def compared(before, results, again, policy=LAX):
    settled = settle(results, before, policy, again)
    return compare("b", before, settled, 1, policy.quarantined)


def test_without_a_baseline_nothing_is_compared():
    assert compared(None, [result("a", ok=False)], never) == Compared()


def test_a_case_that_fails_again_and_again_is_broken():
    found = compared(kept(a="+++++"), [result("a", ok=False)], rerun("--+-"))
    assert (found.broken, found.flaky, found.worse) == (("a",), (), 1)


def test_a_case_that_recovers_is_flaky_and_passes():
    settled = settle([result("a", ok=False)], kept(a="+++++"), LAX, rerun("-+++"))
    found = compare("b", kept(a="+++++"), settled, 1)
    assert (found.broken, found.newly, found.flaky) == ((), (), ("a",))
    assert (settled[0].ok, settled[0].runs) == (True, (False, False, True, True, True))


def test_a_case_that_passed_once_by_luck_is_no_promise():
    assert compared(kept(a="+----"), [result("a", ok=False)], never).broken == ()


def test_what_failed_before_and_passes_now_is_fixed_once_it_passes_again():
    before = kept(a="-----", b="-----", c="+++++")
    results = [result("a", ok=False), result("b", ok=True), result("c", ok=True)]
    found = compared(before, results, rerun("++++"))
    assert (found.broken, found.fixed) == ((), ("b",))
    assert (found.worse, found.better, found.p_worse) == (0, 1, 0.5)
    assert compared(before, results, rerun("-+-+")).fixed == ()


def test_the_paired_difference_leaves_out_the_runs_that_confirm():
    before = kept(a="+++++", b="+++++")
    found = compared(before, [result("a", ok=False), result("b", ok=True)], rerun("++++"))
    assert (found.difference.mean, found.difference.n) == (-0.5, 2)


def test_a_rewritten_case_is_new_and_not_a_regression():
    before = Baseline({"a": Kept("another digest", (True,) * 5)}, {})
    assert compared(before, [result("a", ok=False)], never).broken == ()


def test_a_critical_case_is_broken_at_once():
    failed = result("a", ok=False, critical=True)
    assert compared(kept(a="+++++"), [failed], never).broken == ("a",)


def test_a_case_that_the_ceiling_stopped_is_neither_broken_nor_run_again():
    before = kept(a="+++++", b="+++++")
    stopped = replace(result("a", ok=False), state=State.skipped)
    settled = settle([stopped, result("b", ok=True)], before, LAX, never)
    found = compare("b", before, settled, 1)
    assert (found.broken, found.newly, found.worse, found.unknown) == ((), (), 0, ())
    assert (found.difference.n, settled[0].runs) == (1, ())


def test_a_case_that_is_in_no_baseline_is_named():
    before = Baseline({**kept(a="+++++").cases, "b": Kept("another digest", (True,) * 5)}, {})
    found = compared(before, [result(id_, ok=True) for id_ in "abc"], never)
    assert (found.unknown, found.difference.n) == (("b", "c"), 1)


def test_a_strict_set_looks_for_no_excuse():
    strict = Policy(floor=1.0, strict=True)
    [settled] = settle([result("a", ok=False)], None, strict, never)
    assert not settled.ok


def test_near_the_floor_a_failure_is_run_again_before_it_counts():
    results = [result("a", ok=False), *(result(f"p{n}", ok=True) for n in range(9))]
    settled = settle(results, None, Policy(floor=0.95), rerun("++++"))
    assert sum(summary.ok for summary in settled) == 10
    assert all(len(summary.runs) == 1 for summary in settled[1:])


def test_far_below_the_floor_nothing_is_paid_for_again():
    before = kept(**{f"c{n}": "+++++" for n in range(20)})
    results = [result(f"c{n}", ok=n < 5) for n in range(20)]
    settled = settle(results, before, Policy(floor=0.9), never)
    found = compare("b", before, settled, 1)
    assert (found.broken, len(found.newly)) == ((), 15)


def test_a_quarantined_case_is_neither_run_again_nor_compared():
    aside = Policy(floor=0.9, quarantined=frozenset({"a"}))
    found = compared(kept(a="+++++"), [result("a", ok=False)], never, aside)
    assert (found.broken, found.newly, found.worse) == ((), (), 0)


def test_epochs_that_are_enough_are_not_run_again():
    runs = [result("a", ok=False) for _ in range(5)]
    [settled] = settle(runs, kept(a="+++++"), LAX, never)
    assert compare("b", kept(a="+++++"), [settled], 5).broken == ("a",)


def test_a_baseline_is_read_back_as_it_was_saved(tmp_path):
    file = tmp_path / "evals/baselines/demo@m.json"
    runs = [result("a", ok=True), result("a", ok=False), result("b", ok=False)]
    baseline.save(file, summarised(runs), {"rate": 0.5})
    assert baseline.load(file) == Baseline(
        {"a": Kept(CASE.sha256, (True, False)), "b": Kept(CASE.sha256, (False,))}, {"rate": 0.5}
    )
    assert len(file.read_text().splitlines()) == 5


def test_each_model_has_a_baseline_of_its_own(tmp_path):
    assert baseline.path(tmp_path, "smoke_v1", "openai:gpt-5/mini").relative_to(tmp_path) == (
        baseline.FOLDER / "smoke_v1@openai-gpt-5-mini.json"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"cases": {"a": 1}, "figures": {}}',
        '{"cases": {"a": {"sha256": "0", "runs": ""}}, "figures": {}}',
        '{"cases": {"a": {"sha256": "0", "runs": "++?"}}, "figures": {}}',
    ],
)
def test_a_corrupt_baseline_is_one_sentence_and_not_a_pass(tmp_path, text):
    file = tmp_path / "demo.json"
    file.write_text(text)
    with pytest.raises(ControlsError, match="baseline 'demo.json' cannot be read"):
        baseline.load(file)
