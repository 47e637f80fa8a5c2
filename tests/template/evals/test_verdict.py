"""The verdict's order is the rule: whether there is evidence comes before what it shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.evals.verdict import Facts, is_steady, verdict


def facts(**changed):
    return Facts(**{"planned": 50, "ran": 50, "errors": 0, "passed": 48, "floor": 0.92, **changed})


@pytest.mark.parametrize(
    ("changed", "exit_", "reason"),
    [
        pytest.param({}, 0, "pass rate 0.960, floor 0.92", id="above the floor"),
        pytest.param({"passed": 46}, 0, "pass rate 0.920, floor 0.92", id="exactly at the floor"),
        pytest.param({"passed": 45}, 1, "pass rate 0.900 is below the floor 0.92", id="below it"),
        pytest.param(
            {"planned": 0, "ran": 0, "passed": 0}, 5, "there is no case to judge", id="empty"
        ),
        pytest.param({"ran": 49}, 3, "1 of 50 cases did not run", id="stopped"),
        pytest.param(
            {"ran": 40, "errors": 9}, 3, "10 of 50 cases did not run", id="stopped before errors"
        ),
        pytest.param(
            {"errors": 3, "critical": ("a",)},
            4,
            "3 of 50 cases ended in an error",
            id="errors before critical",
        ),
        pytest.param(
            {"errors": 2}, 0, "pass rate 0.960, floor 0.92", id="errors up to 5 % count as failures"
        ),
        pytest.param(
            {"critical": ("a", "b", "c", "d")}, 1, "critical: a, b, c and 1 more", id="critical"
        ),
        pytest.param(
            {"passed": 10, "critical": ("a",)}, 1, "critical: a", id="critical before the floor"
        ),
        pytest.param(
            {"broken": ("x",)}, 1, "passed in the baseline: x", id="a confirmed regression"
        ),
        pytest.param(
            {"worse": 7, "better": 0, "p_worse": 0.0078},
            1,
            "7 cases got worse and 0 better than the baseline (p = 0.008)",
            id="worse than chance explains",
        ),
        pytest.param(
            {"worse": 0, "better": 7, "p_worse": 0.0078},
            0,
            "pass rate 0.960, floor 0.92",
            id="better",
        ),
        pytest.param(
            {"worse": 5, "better": 0, "p_worse": 0.031},
            0,
            "pass rate 0.960, floor 0.92",
            id="as chance does",
        ),
        pytest.param(
            {"lower": (-0.08, -0.01)},
            1,
            "cases pass less often than in the baseline: -0.080 (99 % below -0.010)",
            id="less often",
        ),
        pytest.param(
            {"lower": (-0.04, 0.01), "worse": 9, "p_worse": 0.001},
            0,
            "pass rate 0.960, floor 0.92",
            id="many runs outweigh the first ones",
        ),
        pytest.param(
            {"passed": 10, "critical": ("a",), "gated": False},
            0,
            "pass rate 0.200, floor 0.92; this set is reported and never gates",
            id="a reported set never fails",
        ),
        pytest.param(
            {"ran": 49, "gated": False}, 3, "1 of 50 cases did not run", id="a reported set stops"
        ),
        pytest.param(
            {"errors": 9, "gated": False},
            4,
            "9 of 50 cases ended in an error",
            id="a reported set that crashed is no report",
        ),
        pytest.param(
            {"configured": "openai:gpt-5-mini", "stands_in": "embedded:small"},
            0,
            "pass rate 0.960, floor 0.92; the configured openai:gpt-5-mini was NOT evaluated",
            id="another model stood in",
        ),
    ],
)
def test_the_first_rule_that_holds_decides(changed, exit_, reason):
    found = verdict(facts(**changed))
    assert (found.exit, found.reason) == (exit_, reason)


names = st.lists(st.text("abc", min_size=1, max_size=3), max_size=4).map(tuple)


@st.composite
def any_facts(draw):
    """Return facts of any run: what ran, crashed and passed, never more than was planned."""
    planned = draw(st.integers(0, 200))
    ran = draw(st.integers(0, planned))
    errors = draw(st.integers(0, ran))
    return Facts(
        planned=planned,
        ran=ran,
        errors=errors,
        passed=draw(st.integers(0, ran - errors)),
        floor=draw(st.floats(0, 1)),
        critical=draw(names),
        broken=draw(names),
        worse=draw(st.integers(0, 50)),
        better=draw(st.integers(0, 50)),
        p_worse=draw(st.none() | st.floats(0, 1)),
        lower=draw(st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1))),
        gated=draw(st.booleans()),
        configured="c",
        stands_in=draw(st.sampled_from(["", "s"])),
    )


@given(any_facts())
def test_a_pass_needs_cases_that_all_ran_and_a_rate_at_the_floor(found):
    if verdict(found).exit == 0:
        assert found.planned == found.ran > 0
        assert found.errors <= 0.05 * found.planned
    if verdict(found).exit == 0 and found.gated:
        assert found.passed / found.planned >= found.floor - 1e-9
        assert not found.critical
        assert not found.broken


@given(any_facts())
def test_only_the_statuses_that_mean_something_are_given(found):
    assert verdict(found).exit in {0, 1, 3, 4, 5}
    assert verdict(found).reason


@given(any_facts())
def test_a_verdict_depends_on_nothing_but_its_facts(found):
    assert verdict(found) == verdict(replace(found))


@given(any_facts(), st.sampled_from(["passed", "critical", "broken", "errors"]))
def test_nothing_that_gets_worse_turns_a_failing_run_into_a_pass(found, what):
    worse = {
        "passed": replace(found, passed=max(found.passed - 1, 0)),
        "critical": replace(found, critical=(*found.critical, "x")),
        "broken": replace(found, broken=(*found.broken, "x")),
        "errors": replace(found, errors=found.errors + 1),
    }[what]
    if verdict(worse).exit == 0:
        assert verdict(found).exit == 0


@given(any_facts())
def test_a_set_that_is_only_reported_fails_for_want_of_evidence_and_nothing_else(found):
    reported = verdict(replace(found, gated=False))
    assert reported.exit != 1
    if reported.exit:
        assert verdict(replace(found, gated=True)) == reported


@given(any_facts())
def test_a_model_that_was_not_asked_is_never_vouched_for(found):
    judged = verdict(replace(found, stands_in="s"))
    if judged.exit == 0:
        assert judged.word.endswith(" of s")
        assert judged.reason.endswith("the configured c was NOT evaluated")


@pytest.mark.parametrize(
    ("times", "runs", "steady"),
    [(3, 5, False), (4, 5, True), (5, 5, True), (0, 1, False), (1, 1, True), (7, 9, False)],
)
def test_what_happens_in_four_of_five_runs_is_steady(times, runs, steady):
    assert is_steady(times, runs) is steady
