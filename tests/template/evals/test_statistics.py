import pytest
from hypothesis import given
from hypothesis import strategies as st

from controls.evals.statistics import Z999, mcnemar_mid_p, paired_difference, wilson


@pytest.mark.parametrize(
    ("passed", "n", "interval"),
    [
        (50, 50, (0.9287, 1.0)),
        (46, 50, (0.8116, 0.9684)),
        (0, 10, (0.0, 0.2775)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_wilson_has_the_published_values(passed, n, interval):
    assert wilson(passed, n) == pytest.approx(interval, abs=1e-4)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_rate_and_stays_in_bounds(n, data):
    passed = data.draw(st.integers(0, n))
    low, high = wilson(passed, n)
    assert 0 <= low <= passed / n + 1e-12
    assert passed / n - 1e-12 <= high <= 1


@pytest.mark.parametrize(
    ("worse", "better", "p"),
    [
        pytest.param(0, 0, 1.0, id="nothing changed"),
        pytest.param(5, 0, 0.03125, id="2 · (1/2)^5 - (1/2)^5"),
        pytest.param(4, 0, 0.0625, id="one fewer"),
        pytest.param(3, 3, 1.0, id="as many each way"),
        pytest.param(8, 1, 0.021484375, id="2 · 10/512 - 9/512"),
    ],
)
def test_mid_p_is_worked_out_by_hand(worse, better, p):
    assert mcnemar_mid_p(worse, better) == pytest.approx(p)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mid_p_is_symmetric_and_a_probability(worse, better):
    assert 0 < mcnemar_mid_p(worse, better) <= 1
    assert mcnemar_mid_p(worse, better) == mcnemar_mid_p(better, worse)


def test_a_difference_is_the_mean_of_now_minus_before_with_its_bootstrap_interval():
    pairs = [(1.0, 0.0)] * 4 + [(1.0, 1.0)] * 45 + [(0.0, 1.0)]
    found = paired_difference(pairs)
    assert found.mean == pytest.approx(-3 / 50)
    # the normal interval of the same differences: -0.06 ± 1.96 · 0.310 / √50
    assert (found.low, found.high) == (
        pytest.approx(-0.146, abs=0.02),
        pytest.approx(0.026, abs=0.02),
    )
    assert found.high <= found.highest
    assert found == paired_difference(pairs)


def test_without_a_pair_there_is_no_difference():
    assert paired_difference([]) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_a_difference_lies_within_its_interval_and_within_what_was_seen(pairs):
    found = paired_difference(pairs)
    changes = [now - before for before, now in pairs]
    assert min(changes) - 1e-9 <= found.low <= found.high <= found.highest <= max(changes) + 1e-9


def test_a_wider_interval_is_asked_for_by_its_z():
    assert wilson(42, 50)[1] == pytest.approx(0.917, abs=5e-4)
    assert wilson(42, 50, Z999)[1] == pytest.approx(0.946, abs=5e-4)
