from decimal import Decimal

import pytest

from controls.errors import ControlsError
from controls.evals.options import parse


def test_the_command_of_the_workflow_file_is_understood():
    options = parse(["--set", "smoke_v1", "--max-cost", "25", "--min-pass", "0.92"], {})
    assert (options.set, options.max_cost, options.min_pass) == ("smoke_v1", Decimal(25), 0.92)
    assert (options.profile, options.epochs, options.cases) == ("offline", 1, ())


def test_the_environment_speaks_where_no_flag_does():
    env = {"EVAL_SET": "hard_v1", "MAX_COST_USD": "2.5", "MIN_PASS_RATE": "0.5"}
    options = parse([], env)
    assert (options.set, options.max_cost, options.min_pass) == ("hard_v1", Decimal("2.5"), 0.5)
    assert parse(["--set", "smoke_v1"], env).set == "smoke_v1"


def test_an_empty_variable_counts_as_unset():
    options = parse(["--set", "a"], {"EVAL_SET": "b", "MAX_COST_USD": " ", "MIN_PASS_RATE": ""})
    assert (options.max_cost, options.min_pass) == (Decimal(25), None)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(
            "--set --max-cost 25 --min-pass 0.92",
            "--set has no value; is the variable behind it unset?",
            id="an unset variable before a flag",
        ),
        pytest.param(
            "--set smoke_v1 --max-cost --min-pass 0.92",
            "--max-cost has no value; is the variable behind it unset?",
            id="an unset number before a flag",
        ),
        pytest.param(
            "--set smoke_v1 --min-pass",
            "--min-pass has no value; is the variable behind it unset?",
            id="an unset variable at the end",
        ),
        pytest.param("", "no set is named", id="nothing at all"),
        pytest.param(
            "--set a --min-pass 92",
            "--min-pass is '92', expected a number from 0 to 1",
            id="percent",
        ),
        pytest.param(
            "--set a --min-pass nan", "--min-pass is 'nan', expected a number from 0 to 1", id="nan"
        ),
        pytest.param(
            "--set a --max-cost -1",
            "--max-cost is '-1', expected a number of US dollars",
            id="negative",
        ),
        pytest.param(
            "--set a --max-cost inf",
            "--max-cost is 'inf', expected a number of US dollars",
            id="infinite",
        ),
        pytest.param(
            "--set a --epochs 0",
            "--epochs is '0', expected a whole number from 1 to 1000",
            id="no epoch",
        ),
        pytest.param(
            "--set a --max 3", "unrecognized arguments: --max 3", id="an abbreviated flag"
        ),
    ],
)
def test_a_mistake_is_one_sentence(argv, message):
    with pytest.raises(ControlsError) as caught:
        parse(argv.split(), {})
    assert (caught.value.message, caught.value.status) == (message, 2)
    assert caught.value.hint


def test_a_quoted_unset_variable_is_seen():
    with pytest.raises(ControlsError, match="--set is empty; is the variable behind it unset"):
        parse(["--set", "", "--max-cost", "25"], {"EVAL_SET": "smoke_v1"})


@pytest.mark.parametrize(
    ("profile", "at_once"), [("offline", 1), ("replay", 1), ("record", 4), ("live", 4)]
)
def test_cases_wait_for_providers_together_and_embedded_models_work_one_at_a_time(profile, at_once):
    argv = ["--set", "smoke_v1", "--profile", profile]
    assert parse(argv, {}).concurrency == at_once
    assert parse([*argv, "--concurrency", "3"], {}).concurrency == 3
