"""Which model was asked is said plainly, and nothing is vouched for that was not asked."""

import json
import os
import re
from datetime import UTC, datetime

import pytest
import warm

from controls.check.command import context
from controls.check.model import State
from controls.evals import checks, gate

TODAY = datetime.now(UTC).date()
NO_KEYS = {
    key: value
    for key, value in os.environ.items()
    if not key.startswith(("GITHUB_", "OPENAI_", "ANTHROPIC_", "AIWF_"))
}
NOT = "openai:gpt-5-mini was NOT evaluated"


def evaluate(root, *args, **env):
    return warm.run("evals.run", *args, cwd=root, env=NO_KEYS | env)


def verb(root, *args):
    return warm.run("controls", *args, cwd=root, env=NO_KEYS)


def report(root, name="smoke_v1", folder=""):
    return json.loads((root / ".aiwf/reports/evals" / folder / f"{name}.json").read_text())


@pytest.fixture
def small(project):
    """Return a function that gives a repository with 12 cases, and the default model if asked."""

    def fresh(tier=0, default="embedded:small"):
        root = project(tier)
        path = root / "evals/sets/smoke_v1/cases.jsonl"
        path.write_text("\n".join(path.read_text().splitlines()[:12]) + "\n")
        head = path.with_name("set.yaml")
        head.write_text(head.read_text().replace("min_pass: 0.92", "min_pass: 0.5"))
        use(root, default)
        return root

    return fresh


def use(root, default):
    path = root / "ai-workflow.yaml"
    path.write_text(re.sub(r"default_model: \S+", f"default_model: {default}", path.read_text()))


def test_offline_another_model_stands_in_and_the_screen_says_so_first(small):
    root = small(default="openai:gpt-5-mini")
    done = evaluate(root, "--set", "smoke_v1")
    first, _, third, *_ = done.stdout.splitlines()
    assert done.returncode == 0
    assert first.startswith("● smoke_v1: pass of embedded:small · pass rate ")
    assert first.endswith(f"; the configured {NOT}")
    assert third.startswith(f"  ● {NOT}: the offline profile asked embedded:small; --profile live")
    found = report(root)
    assert (found["model"], found["configured"], found["vouches"]) == (
        "embedded:small",
        ["openai:gpt-5-mini"],
        False,
    )
    assert set(found["models"]) <= {"embedded-small-1", "embedded-large-1"}


def test_a_model_that_only_a_prompt_names_is_not_asked_offline_either(small):
    root = small()
    prompt = root / "prompts/answer.md"
    prompt.write_text(prompt.read_text().replace("model: null", "model: openai:gpt-5-mini"))
    assert evaluate(root, "--set", "smoke_v1").returncode == 0
    found = report(root)
    assert found["models"] == ["embedded-large-1", "embedded-small-1"]
    assert found["vouches"] is False


@pytest.mark.sampled
@pytest.mark.parametrize("tier", [0, 2])
def test_the_gate_does_not_vouch_for_a_model_that_nobody_asked(small, tier):
    root = small(tier, default="openai:gpt-5-mini")
    outcome = checks.gate(context(root, TODAY))
    assert outcome.state is State.pending
    wanted = ["smoke_v1", "redteam_v1"] if tier == 2 else ["smoke_v1"]
    assert [finding.message for finding in outcome.findings] == [
        f"{name} judged embedded:small; {NOT} on this tree" for name in wanted
    ]
    assert outcome.findings[0].hint == (
        "python -m evals.run --set NAME --profile live (or replay what was recorded)"
    )
    shown = verb(root, "check", "--only", "EVL-1").stdout
    assert f"hint: {outcome.findings[0].hint}" in shown


def test_on_the_embedded_models_the_gate_is_green_on_day_one(small):
    assert checks.gate(context(small(), TODAY)).state is State.ok


def test_a_stand_in_does_not_take_the_place_of_the_configured_models_report(small):
    root = small()
    assert evaluate(root, "--set", "smoke_v1").returncode == 0
    own = report(root)["run_ids"]
    named = evaluate(root, "--set", "smoke_v1", "--model", "embedded:large")
    assert "pass of embedded:large" in named.stdout
    assert report(root)["run_ids"] == own
    assert report(root, "smoke_v1@embedded-large", "models")["models"] == ["embedded-large-1"]
    assert gate.current(root, "smoke_v1")["run_ids"] == own


def test_a_required_set_that_is_switched_to_reported_is_judged_all_the_same(small):
    root = small()
    head = root / "evals/sets/smoke_v1/set.yaml"
    head.write_text(head.read_text().replace("gated: true", "gated: false"))
    (root / "workflow/knowledge/password-reset.md").unlink()
    shown = evaluate(root, "--set", "smoke_v1")
    assert (shown.returncode, report(root)["verdict"]) == (0, "reported")
    outcome = checks.gate(context(root, TODAY))
    assert outcome.state is State.failed
    assert outcome.findings[0].message == "smoke_v1: critical: reset-password"


def test_a_set_that_is_only_reported_does_not_say_failed(project):
    done = evaluate(project(0), "--set", "hard_v1")
    assert done.returncode == 0
    assert done.stdout.startswith("● hard_v1: reported · pass rate 0.167, floor 0.92; this set is")
    assert "✗" not in done.stdout


def test_who_names_a_floor_gets_a_verdict_of_any_set(project):
    assert evaluate(project(0), "--set", "hard_v1", "--min-pass", "0.92").returncode == 1


@pytest.mark.slow
def test_a_result_of_another_tree_is_called_stale(small):
    root = small()
    assert evaluate(root, "--set", "smoke_v1").returncode == 0
    assert "STALE" not in verb(root, "evals").stdout
    article = root / "workflow/knowledge/guests.md"
    article.write_text(article.read_text() + "\nMore.\n")
    [line] = [row for row in verb(root, "evals").stdout.splitlines() if row.startswith("smoke_v1")]
    assert line.endswith(f"{TODAY}, STALE: the tree has changed since")
    assert json.loads(verb(root, "evals", "--json").stdout)[1]["stale"] is True


def test_the_same_version_with_another_text_is_said_beside_the_verdict(small):
    root = small()
    assert evaluate(root, "--set", "smoke_v1", "--save-baseline").returncode == 0
    prompt = root / "prompts/answer.md"
    prompt.write_text(prompt.read_text().replace("two sentences", "one sentence"))
    assert (
        "  ● the text of prompt answer changed since the baseline, and its version is still '1':"
        " raise it" in evaluate(root, "--set", "smoke_v1").stdout
    )


def test_a_case_in_quarantine_is_shown_and_does_not_count(small):
    root = small()
    path = root / "evals/sets/smoke_v1/cases.jsonl"
    first, *rest = path.read_text().splitlines()
    bad = json.loads(rest[0]) | {"id": "bad", "question": "Does it fly?"}
    path.write_text("\n".join([first, *rest, json.dumps(bad)]) + "\n")
    day = TODAY.isoformat()
    head = path.with_name("set.yaml")
    entry = f'quarantine:\n  - {{case: bad, owner: "@ada", expires: {day}, reason: being mended}}\n'
    head.write_text(head.read_text().replace("min_pass: 0.5", "min_pass: 1.0") + entry)
    done = evaluate(root, "--set", "smoke_v1")
    assert done.returncode == 0, done.stdout
    assert "12 of 12 passed" in done.stdout
    assert f"  ● bad is quarantined until {day}: being mended (@ada)" in done.stdout
    assert "● bad · fact · quarantined" in done.stdout
    assert checks.gate(context(root, TODAY)).state is State.ok
    head.write_text(head.read_text().replace(day, "2026-01-01"))
    over = evaluate(root, "--set", "smoke_v1")
    assert over.returncode == 1
    assert "the quarantine of bad ended on 2026-01-01, so it counts again (@ada)" in over.stdout


def test_without_a_key_a_live_run_does_not_begin(small):
    root = small(default="openai:gpt-5-mini")
    for profile in ("live", "record"):
        done = evaluate(root, "--set", "smoke_v1", "--profile", profile)
        assert (done.returncode, done.stdout, done.stderr.splitlines()[-2:]) == (
            2,
            "",
            [
                "error: OPENAI_API_KEY is not set, so 'openai:gpt-5-mini' cannot be asked",
                "hint: set it in the environment, or --profile replay with what was recorded",
            ],
        )


def test_live_every_denied_call_is_an_error_and_no_verdict(small):
    root = small(2, default="openai:gpt-5-mini")
    done = evaluate(root, "--set", "smoke_v1", "--profile", "live", OPENAI_API_KEY="none")
    assert done.returncode == 4
    assert "PolicyRefused" in done.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "evals/cassettes/calls.db is not there, so there is nothing to replay"),
        (b"no database", "evals/cassettes/calls.db cannot be replayed: file is not a database"),
    ],
    ids=["no cassette", "a corrupt one"],
)
def test_a_replay_needs_what_was_recorded(small, content, message):
    root = small()
    if content:
        (root / "evals/cassettes").mkdir()
        (root / "evals/cassettes/calls.db").write_bytes(content)
    done = evaluate(root, "--set", "smoke_v1", "--profile", "replay")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {message}\n" in done.stderr


def test_a_case_that_was_not_recorded_is_an_error_and_nobody_is_asked(small):
    root = small()
    assert evaluate(root, "--set", "smoke_v1", "--profile", "record").returncode == 0
    path = root / "evals/sets/smoke_v1/cases.jsonl"
    extra = json.loads(path.read_text().splitlines()[0])
    extra |= {"id": "new", "question": "How do I export my data?"}
    path.write_text(path.read_text() + json.dumps(extra) + "\n")
    done = evaluate(root, "--set", "smoke_v1", "--profile", "replay", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["errors"], found["cost_usd"]) == (4, 1, 0.0)
    [row] = found["failures"]
    assert "holds no answer of 'embedded:small' to this prompt" in row["reason"]


def test_recording_does_not_make_its_own_report_stale(small):
    root = small()
    assert evaluate(root, "--set", "smoke_v1", "--profile", "record").returncode == 0
    assert json.loads(verb(root, "evals", "--json").stdout)[1]["stale"] is False


def test_a_set_whose_cases_name_their_models_takes_no_other(small):
    done = evaluate(small(), "--set", "policy_v1", "--model", "embedded:large")
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (
        2,
        ["error: policy_v1 names the model of each case itself", "hint: leave out --model"],
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--model", "openai:gpt-5-mini"], "the offline profile does not ask 'openai:gpt-5-mini'"),
        (["--model", "x:y", "--profile", "live"], "ai-workflow.yaml lists no model 'x:y'"),
    ],
)
def test_a_model_that_cannot_be_asked_is_one_sentence(small, args, message):
    done = evaluate(small(), "--set", "smoke_v1", *args)
    assert done.returncode == 2
    assert f"error: {message}" in done.stderr


def test_the_ceiling_holds_with_twenty_cases_at_once(small):
    root = small()
    folder = root / "evals/sets/many"
    folder.mkdir()
    head = "gated: true\nmin_pass: 0.5\nevaluators: [cites_retrieved]\n"
    (folder / "set.yaml").write_text(head)
    rows = [
        {"id": f"c{n}", "kind": "k", "question": "How do I reset my password?", "expect": {}}
        for n in range(120)
    ]
    (folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = evaluate(root, "--set", "many", "--concurrency", "20", "--max-cost", "0.001")
    found = report(root, "many", "partial")
    assert (done.returncode, found["verdict"]) == (3, "stopped")
    assert 0 < found["cost_usd"] <= 0.001
    assert 0 < found["passed"] < 120
    assert found["passed"] + found["skipped"] == 120
