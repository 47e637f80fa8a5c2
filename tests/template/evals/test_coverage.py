"""Which production work had been evaluated, and which endpoints moved overnight."""

import json
import os
import re
from datetime import UTC, datetime, timedelta

import pytest
import warm

from controls.evals import coverage

PLAIN = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}


def command(root, *words, **env):
    return warm.run(*words, cwd=root, env=PLAIN | env)


@pytest.fixture
def small(project):
    """Return a repository with 12 cases that may be in production."""
    root = project(0)
    path = root / "evals/sets/smoke_v1/cases.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[:12]) + "\n")
    head = path.with_name("set.yaml")
    head.write_text(head.read_text().replace("min_pass: 0.92", "min_pass: 0.5"))
    return root


def ask(root, question="how do I reset my password?", **env):
    done = command(root, "controls", "ask", question, **env)
    assert done.returncode == 0, done.stderr


def covered(root, *args, environment="ci"):
    words = ("controls", "evals", "coverage", "--environment", environment, "--json", *args)
    done = command(root, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_a_run_there_is_no_figure_and_not_zero(small):
    assert covered(small)["coverage"] == {"value": None, "n": 0, "state": "no data"}
    said = command(small, "controls", "evals", "coverage").stdout
    assert said == "no production run in the last 30 days: nothing to cover\n"


def test_work_counts_once_its_prompt_model_and_data_were_evaluated(small):
    ask(small, AIWF_ENV="ci")
    [row] = covered(small)["rows"]
    assert (row["prompt"], row["model"], row["data"], row["runs"], row["evaluated"]) == (
        "answer@1",
        "embedded-small-1",
        "internal",
        1,
        None,
    )
    assert command(small, "evals.run", "--set", "smoke_v1").returncode == 0
    found = covered(small)
    assert found["coverage"] == {"value": 1.0, "n": 1, "state": "ok"}
    assert found["rows"][0]["evaluated"]["set"] == "smoke_v1"
    assert found["rows"][0]["evaluated"]["exit"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "env"),
    [
        (["smoke_v1", "--case", "sso-protocols"], {}),
        (["policy_v1"], {}),
        (["smoke_v1", "--max-cost", "0.0001"], {}),
    ],
    ids=["a part of a set", "a set that judges no answers", "a run that was stopped"],
)
def test_what_judges_no_whole_set_of_answers_covers_nothing(small, args, env):
    ask(small, AIWF_ENV="ci")
    command(small, "evals.run", "--set", *args, **env)
    assert covered(small)["coverage"] == {"value": 0.0, "n": 1, "state": "ok"}


@pytest.mark.slow
def test_another_text_under_the_same_version_is_not_covered(small):
    assert command(small, "evals.run", "--set", "smoke_v1").returncode == 0
    prompt = small / "prompts/answer.md"
    prompt.write_text(prompt.read_text().replace("two sentences", "one sentence"))
    ask(small, AIWF_ENV="ci")
    found = covered(small)
    assert (found["rows"][0]["prompt"], found["coverage"]["value"]) == ("answer@1", 0.0)


def test_other_data_than_what_was_evaluated_is_not_covered(small):
    assert command(small, "evals.run", "--set", "smoke_v1").returncode == 0
    assert (
        command(small, "controls", "ask", "--data", "public", "hello?", AIWF_ENV="ci").returncode
        == 0
    )
    assert {row["data"]: row["evaluated"] is None for row in covered(small)["rows"]} == {
        "public": True
    }


def test_an_eval_of_long_ago_covers_nothing(small):
    assert command(small, "evals.run", "--set", "smoke_v1").returncode == 0
    ask(small, AIWF_ENV="ci")
    now = datetime.now(UTC)
    assert coverage.coverage(small, "ci", 30, now).value == 1.0
    assert coverage.coverage(small, "ci", 30, now + timedelta(days=31)).value is None


def test_a_day_that_is_none_is_one_sentence(small):
    done = command(small, "controls", "evals", "coverage", "--days", "0")
    assert (done.returncode, done.stderr) == (
        2,
        "error: --days is 0, expected a whole number from 1\n",
    )


def nightly(root, *args):
    words = ("controls", "evals", "nightly", "--profile", "offline", *args)
    return command(root, *words)


def test_every_endpoint_that_the_data_may_reach_is_run_and_its_owner_named(small):
    path = small / "ai-workflow.yaml"
    path.write_text(path.read_text().replace("owner: null", 'owner: "@ada"', 2))
    done = nightly(small)
    assert done.returncode == 0, done.stdout
    small_line, large_line = done.stdout.splitlines()
    assert re.fullmatch(
        r"embedded:small: pass, 1[0-2] of 12 · \$0\.00\d\d · no baseline yet: --save-baseline"
        r" · owner: @ada",
        small_line,
    )
    assert large_line.startswith("embedded:large: pass of embedded:large, ")


@pytest.mark.slow
def test_an_endpoint_that_moved_is_a_finding_for_its_owner_and_the_other_is_quiet(small):
    for ref in ("embedded:small", "embedded:large"):
        words = ("evals.run", "--set", "smoke_v1", "--save-baseline", "--model", ref)
        assert command(small, *words).returncode == 0
    kept = small / "evals/baselines/smoke_v1@embedded-large.json"
    kept.write_text(kept.read_text().replace("embedded-large-1", "embedded-large-0"))
    done = nightly(small, "--json")
    first, second = json.loads(done.stdout)
    assert (done.returncode, first["drift"]) == (1, [])
    moved = "response model was embedded-large-0, is embedded-large-1"
    owner = "nobody yet (name one for embedded:large in spec.models)"
    assert second["drift"] == [f"smoke_v1 on embedded:large: {moved}; owner: {owner}"]
    assert command(small, "controls", "evals", "drift").returncode == 1


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--set", "nope"], "unknown eval set 'nope'"),
        (["--max-cost", "much"], "--max-cost is 'much', expected a number of US dollars"),
        (["--max-cost", "-1"], "--max-cost is '-1', expected a number of US dollars"),
    ],
    ids=["an unknown set", "no number", "less than nothing"],
)
def test_what_is_no_endpoints_fault_is_one_sentence(small, args, message):
    done = nightly(small, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {message}\n")


def test_an_endpoint_that_cannot_be_compared_says_why_and_the_others_are_asked(small):
    folder = small / "evals/baselines"
    folder.mkdir()
    (folder / "smoke_v1@embedded-small.json").write_text("junk")
    done = nightly(small)
    first, second = done.stdout.splitlines()
    assert done.returncode == 1
    assert first.startswith(
        "embedded:small: not asked: baseline 'smoke_v1@embedded-small.json' cannot be read: "
    )
    assert second.startswith("embedded:large: pass of embedded:large, ")


def test_one_ceiling_is_shared_by_all_endpoints(small):
    done = nightly(small, "--max-cost", "0.0015", "--json")
    first, second = json.loads(done.stdout)
    assert done.returncode == 1
    assert first["cost_usd"] + second["cost_usd"] <= 0.0015
    assert (second["exit"], second["drift"]) == (3, [])
    assert re.fullmatch(r"\d+ of 12 cases did not run", second["reason"])
