"""EVL-1, EVL-2 and DRF-1 on real repositories."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import warm

from controls.check.command import context
from controls.check.model import State
from controls.evals import baseline, checks, drift, gate
from controls.evals.report import FOLDER

TODAY = datetime.now(UTC).date()


@pytest.fixture
def small(project):
    """Return a function that gives a repository whose sets are small, so that runs are quick."""

    def fresh(tier=0):
        root = project(tier)
        keep(root / "evals/sets/smoke_v1/cases.jsonl", 12)
        if tier > 1:
            keep(root / "controls/evals/sets/redteam_v1/seeds.jsonl", 2)
        return root

    return fresh


def keep(path, lines):
    """Keep the first cases of a set, with a floor that they pass: it is not what is tested."""
    kept = [line for line in path.read_text().splitlines() if line][:lines]
    path.write_text("\n".join(kept) + "\n")
    head = path.with_name("set.yaml")
    text = "\n".join(
        "min_pass: 0.5" if line.startswith("min_pass") else line
        for line in head.read_text().splitlines()
    )
    head.write_text(text + "\n")


def asked(root, today=TODAY):
    return context(root, today)


def reported(root, name="smoke_v1"):
    return json.loads((root / FOLDER / f"{name}.json").read_text())


def test_the_gate_runs_what_the_tier_requires_and_counts_the_cases(small):
    root = small(2)
    outcome = checks.gate(asked(root))
    assert (outcome.state, outcome.findings) == (State.ok, ())
    assert outcome.n == 12 + 2 * 12 + 24


def test_a_report_of_the_same_tree_is_not_run_again_and_an_edit_makes_it_worthless(small):
    root = small()
    first = gate.current(root, "smoke_v1")
    assert gate.current(root, "smoke_v1")["run_ids"] == list(first["run_ids"])
    article = root / "workflow/knowledge/password-reset.md"
    article.write_text(article.read_text() + "\nMore.\n")
    assert gate.current(root, "smoke_v1")["run_ids"] != first["run_ids"]


def test_a_run_that_came_to_no_verdict_does_not_stand_for_the_tree(small):
    root = small()
    first = gate.current(root, "smoke_v1")
    command = ("evals.run", "--set", "smoke_v1", "--max-cost", "0")
    assert warm.run(*command, cwd=root).returncode == 3
    assert gate.current(root, "smoke_v1")["run_ids"] == list(first["run_ids"])
    path = root / FOLDER / "smoke_v1.json"
    path.write_text(json.dumps(reported(root) | {"exit": 4, "verdict": "errors"}))
    assert gate.current(root, "smoke_v1")["exit"] == 0


def test_a_failing_gate_names_the_case_and_its_line(small):
    root = small()
    (root / "workflow/knowledge/single-sign-on.md").unlink()
    head = root / "evals/sets/smoke_v1/set.yaml"
    head.write_text(head.read_text().replace("min_pass: 0.5", "min_pass: 1.0"))
    outcome = checks.gate(asked(root))
    assert outcome.state is State.failed
    assert "is below the floor 1" in outcome.findings[0].message
    assert any("smoke_v1 sso-protocols: " in finding.message for finding in outcome.findings)
    assert outcome.findings[1].path == "evals/sets/smoke_v1/cases.jsonl"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda folder: (folder / "cases.jsonl").write_text(""),
            "smoke_v1: there is no case to judge",
        ),
        (lambda folder: (folder / "cases.jsonl").unlink(), "smoke_v1: there is no case to judge"),
        (shutil.rmtree, "smoke_v1: unknown eval set 'smoke_v1'"),
    ],
    ids=["emptied", "without cases", "removed"],
)
def test_a_gate_that_has_nothing_to_judge_fails(small, change, message):
    root = small()
    change(root / "evals/sets/smoke_v1")
    outcome = checks.gate(asked(root))
    assert outcome.state is State.failed
    assert outcome.findings[0].message == message


def test_a_required_set_cannot_be_switched_off(small):
    root = small()
    head = root / "evals/sets/smoke_v1/set.yaml"
    head.write_text(head.read_text().replace("gated: true", "gated: false"))
    assert gate.required(root, 0) == ("smoke_v1",)
    assert gate.required(root, 2) == ("smoke_v1", "redteam_v1", "policy_v1")


def test_the_red_team_set_must_have_run_in_the_last_30_days(small):
    root = small(2)
    assert checks.redteam(asked(root)).state is State.ok
    assert checks.redteam(asked(root, TODAY + timedelta(days=30))).state is State.ok
    late = checks.redteam(asked(root, TODAY + timedelta(days=31)))
    assert late.state is State.failed
    assert late.findings[0].message == "redteam_v1 was last run 31 days ago, at most 30 are allowed"


def test_a_young_repository_counts_from_its_first_commit(small):
    root = small(2)
    gate.current(root, "redteam_v1")
    path = root / FOLDER / "redteam_v1.json"
    path.write_text(json.dumps(reported(root, "redteam_v1") | {"started": "2020-01-01T00:00:00Z"}))
    assert checks.redteam(asked(root)).state is State.ok


def test_drift_is_pending_until_somebody_commits_a_baseline(small):
    outcome = checks.drift(asked(small()))
    assert outcome.state is State.pending
    assert outcome.findings[0].message == "no baseline is committed yet"


def saved(root, **changed):
    """Run the set and keep its figures as the baseline, some of them changed."""
    gate.current(root, "smoke_v1")
    figures = reported(root)
    path = baseline.path(root, "smoke_v1", "embedded:small")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"cases": {}, "figures": figures | changed}))


def test_an_endpoint_that_has_not_changed_is_ok(small):
    root = small()
    saved(root)
    outcome = checks.drift(asked(root))
    assert (outcome.state, outcome.n) == (State.ok, 1)


def figures(**changed):
    told = {"set": "s", "model": "embedded:small", "models": ["m"], "profile": "live"}
    run = {"passed": 49, "cases": 50, "rate": 0.98, "cost_usd": 1.0, "runs": 50}
    return told | run | {"latency_s": {"p50": 1.0}} | changed


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({}, {"passed": 45, "cases": 50, "quarantined": ["a", "b", "c", "d"], "rate": 45 / 46}),
        ({"cost_usd": 0.0, "latency_s": {"p50": 0.0}, "profile": "replay"}, {}),
        ({}, {"cost_usd": 0.5}),
    ],
    ids=["quarantined cases do not count", "a replay costs nothing", "cheaper"],
)
def test_what_only_looks_like_drift_is_none(small, before, now):
    manifest = asked(small()).manifest
    assert list(drift.drifts(manifest, figures(**before), figures(**now))) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"models": ["embedded-small-0"]},
            "smoke_v1 on embedded:small: response model was embedded-small-0, is embedded-",
        ),
        ({"rate": 0.01}, "smoke_v1 on embedded:small: pass rate was 0.010, is "),
        (
            {"cost_usd": 0.000001},
            "smoke_v1 on embedded:small: cost a case was $0.000000, is $0.000",
        ),
    ],
    ids=["another response model", "another pass rate", "a higher cost"],
)
def test_a_figure_that_moved_is_a_finding_for_the_owner_of_the_endpoint(small, changed, message):
    root = small()
    saved(root, **changed)
    outcome = checks.drift(asked(root))
    assert outcome.state is State.failed
    assert outcome.findings[0].message.startswith(message)
    assert "owner: nobody yet (name one for embedded:small in" in outcome.findings[0].message
    done = warm.run("controls", "evals", "drift", cwd=root)
    assert (done.returncode, message in done.stdout) == (1, True)


def test_the_verb_lists_the_sets_with_their_last_verdict(small):
    root = small(2)
    gate.current(root, "policy_v1")
    verb = ("controls", "evals", "list")
    shown = warm.run(*verb, cwd=root, check=True).stdout
    rows = {line.split()[0]: line for line in shown.splitlines()}
    assert list(rows) == ["hard_v1", "smoke_v1", "policy_v1", "redteam_v1"]
    last = f"24 cases  gated  floor 1.0  last: pass (24 of 24), {TODAY}"
    assert rows["policy_v1"].endswith(last)
    assert "gated" not in rows["hard_v1"]
    data = json.loads(warm.run(*verb, "--json", cwd=root, check=True).stdout)
    assert data[1]["last"] == "never run"
