"""The verdict's order is the rule: whether there is evidence comes before what it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.evals.verdict import Facts, is_broken, verdict


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
            {"worse": 6, "better": 0, "p_worse": 0.016},
            1,
            "6 cases got worse and 0 better than the baseline (p = 0.016)",
            id="worse than chance explains",
        ),
        pytest.param(
            {"worse": 0, "better": 6, "p_worse": 0.016},
            0,
            "pass rate 0.960, floor 0.92",
            id="better",
        ),
        pytest.param(
            {"worse": 4, "better": 0, "p_worse": 0.0625},
            0,
            "pass rate 0.960, floor 0.92",
            id="as chance does",
        ),
    ],
)
def test_the_first_rule_that_holds_decides(changed, exit_, reason):
    found = verdict(facts(**changed))
    assert (found.exit, found.reason) == (exit_, reason)


@given(
    planned=st.integers(0, 200),
    ran=st.integers(0, 200),
    errors=st.integers(0, 200),
    passed=st.integers(0, 200),
    floor=st.floats(0, 1),
)
def test_a_pass_needs_cases_that_all_ran_and_a_rate_at_the_floor(
    planned, ran, errors, passed, floor
):
    ran, passed = min(ran, planned), min(passed, planned)
    found = verdict(Facts(planned, ran, min(errors, planned), passed, floor))
    if found.exit == 0:
        assert planned == ran > 0
        assert passed / planned >= floor - 1e-9
    else:
        assert found.exit in {1, 3, 4, 5}


@given(st.integers(1, 100), st.data())
def test_one_more_failure_never_turns_a_failing_run_into_a_pass(planned, data):
    passed = data.draw(st.integers(1, planned))
    floor = data.draw(st.floats(0, 1))
    worse = verdict(Facts(planned, planned, 0, passed - 1, floor))
    if worse.exit == 0:
        assert verdict(Facts(planned, planned, 0, passed, floor)).exit == 0


@pytest.mark.parametrize(("failures", "broken"), [(1, False), (3, False), (4, True), (5, True)])
def test_a_case_is_broken_when_four_of_five_runs_fail(failures, broken):
    assert is_broken(failures) is broken
