"""`python -m controls gateway` and `policy`: what a person and a program read."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
import warm

from controls.gateway import ledger
from controls.gateway.ledger import Attempt, Bill, Limit


def controls(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return warm.run("controls", *args, cwd=root)


@pytest.fixture
def spent(project) -> Path:
    root = project(2)
    books = ledger.open(root)
    rows = [
        ("run-1", "acme", "help", "small", "0.001", "escalated"),
        ("run-1", "acme", "help", "large", "0.004", "answered"),
        ("run-2", "acme", "search", "small", "0.001", "error"),
        ("run-3", "unattributed", "help", "small", "0.002", "answered"),
    ]
    for run, workspace, feature, model, usd, outcome in rows:
        names = {"workspace": workspace, "feature": feature, "team": "support"}
        limits = [Limit(scope, name, None, period=ledger.month()) for scope, name in names.items()]
        entry = Attempt(run, 1, workspace, "support", feature, model)
        hold = books.reserve(entry, Decimal("0.01"), limits)
        books.settle(hold, Bill(Decimal(usd), 1, 1, outcome, success=outcome == "answered"))
    return root


def test_the_report_shows_every_owner_the_unattributed_and_the_cost_of_a_success(spent):
    rows = json.loads(controls(spent, "gateway", "report", "--by", "workspace", "--json").stdout)
    assert [
        (row["name"], row["tasks"], row["attempts"], row["successes"], row["usd"]) for row in rows
    ] == [
        ("acme", 2, 3, 1, 0.006),
        ("unattributed", 1, 1, 1, 0.002),
        ("total", 3, 4, 2, 0.008),
    ]
    assert [row["usd_per_success"] for row in rows] == [0.006, 0.002, 0.004]


@pytest.mark.sampled
@pytest.mark.parametrize("dimension", ["workspace", "team", "feature", "model"])
def test_every_way_to_add_up_reconciles_with_the_total(spent, dimension):
    rows = json.loads(controls(spent, "gateway", "report", "--by", dimension, "--json").stdout)
    assert rows[-1]["name"] == "total"
    assert round(sum(row["usd"] for row in rows[:-1]), 9) == rows[-1]["usd"] == 0.008


def test_the_forecast_of_the_measured_tasks_is_what_they_cost(spent):
    found = json.loads(controls(spent, "gateway", "forecast", "--tasks", "3", "--json").stdout)
    assert (found["usd"], found["measured_tasks"]) == (0.008, 3)
    text = controls(spent, "gateway", "forecast", "--tasks", "3000").stdout
    assert text.splitlines()[0] == "3000 tasks would cost $8.0000"


def test_a_forecast_needs_a_number_and_something_to_go_by(project, spent):
    for args in (["forecast"], ["forecast", "--tasks", "0"]):
        done = controls(spent, "gateway", *args)
        assert (done.returncode, done.stderr.splitlines()[1]) == (2, "hint: forecast --tasks 10000")
    done = controls(project(1), "gateway", "forecast", "--tasks", "5")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: there is no measured task to forecast from"


def test_what_is_left_of_each_budget_is_shown(spent):
    rows = json.loads(controls(spent, "gateway", "budgets", "--json").stdout)
    assert {(row["scope"], row["name"]): row["spent_usd"] for row in rows} == {
        ("workspace", "acme"): 0.006,
        ("workspace", "unattributed"): 0.002,
        ("feature", "help"): 0.007,
        ("feature", "search"): 0.001,
        ("team", "support"): 0.008,
    }


def test_the_matrix_has_a_row_for_each_class_and_a_column_for_each_model(project):
    lines = controls(project(2), "policy").stdout.splitlines()
    assert lines[0].split() == [
        "embedded:small", "embedded:large", "openai:gpt-5-mini", "anthropic:claude-haiku-4-5",
    ]  # fmt: skip
    assert lines[4].split() == ["personal", "allow", "allow", "matrix,record", "matrix,record"]
    assert lines[6].split() == [
        "secret",
        "matrix,secret",
        "matrix,secret",
        *["matrix,record,secret"] * 2,
    ]


def test_one_call_is_decided_with_its_reasons_and_status(project):
    root = project(2)
    assert controls(root, "policy", "decide").returncode == 0
    done = controls(root, "policy", "decide", "--data", "secret", "--json")
    assert done.returncode == 1
    assert {reason["rule"] for reason in json.loads(done.stdout)["reasons"]} == {"matrix", "secret"}
    done = controls(root, "policy", "decide", "--model", "nobody:knows")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: ai-workflow.yaml lists no model 'nobody:knows'"


def test_production_is_refused_until_people_are_named(project):
    done = controls(project(2), "policy", "decide", "--env", "production", "--json")
    assert {reason["rule"] for reason in json.loads(done.stdout)["reasons"]} == {
        "production-owner",
        "production-endpoint-owner",
        "production-approvers",
        "production-lifecycle",
    }


def test_the_vectors_run_from_the_command_line(project):
    done = controls(project(2), "policy", "test")
    assert (done.returncode, done.stdout) == (
        0,
        (
            "70 of 70 vectors as written\n"
            "no tests of your own rules: policy/custom/*_test.rego or policy/custom/*.json\n"
        ),
    )
