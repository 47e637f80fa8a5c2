"""A fresh repository works on its first day: offline, without a key, from its own Makefile."""

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BRIEF_ENV = {"EVAL_SET": "smoke_v1", "MAX_COST_USD": "25", "MIN_PASS_RATE": "0.92"}
BRIEF = """
python -m venv .brief
. .brief/bin/activate
pip install --quiet --disable-pip-version-check -r requirements.txt
python -m evals.run --set "$EVAL_SET" --max-cost "$MAX_COST_USD" --min-pass "$MIN_PASS_RATE"
"""


def run(root: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return subprocess.run(
        command, cwd=root, env=keep | env, check=False, capture_output=True, text=True
    )


def python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(root, str(root / ".venv" / "bin" / "python"), *words)


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_its_own_checks_pass_offline_and_leave_the_tree_clean(tier, project, environment, offline):
    root = environment(project(tier))
    done = run(root, *offline, "make", "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(root, "git", "status", "--porcelain").stdout == ""
    found = json.loads(python(root, "-m", "controls", "check", "--json").stdout)
    assert found["tier"] == tier
    assert found["failed"] == 0
    assert found["ok"] > 10
    assert all(
        row["n"] > 0 and row["evidence"] for row in found["controls"] if row["state"] == "ok"
    )


def test_production_turns_what_is_pending_into_failed(project, environment):
    root = environment(project(2))
    manifest = root / "ai-workflow.yaml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("lifecycle: experimental", "lifecycle: production"), "utf-8")
    found = json.loads(python(root, "-m", "controls", "check", "--static", "--json").stdout)
    failed = {row["id"] for row in found["controls"] if row["state"] == "failed"}
    assert found["pending"] == 0
    assert {"OWN-1", "OWN-2", "APR-1"} <= failed


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_it_answers_with_citations_and_abstains(tier, project, environment, offline):
    root = environment(project(tier))
    asked = run(root, *offline, "make", "ask", "Q=how do I reset my password?")
    assert asked.returncode == 0, asked.stderr
    assert "[password-reset]" in asked.stdout
    assert "model-drafted" in asked.stdout
    silent = run(root, "make", "ask", "Q=who won the football world cup in 1954?")
    assert "I don't know" in silent.stdout
    assert run(root, "make", "trace").returncode == 0


def test_the_gate_of_the_brief_runs_verbatim_from_pip_alone(project):
    root = project(2)
    done = run(root, "bash", "-eo", "pipefail", "-c", BRIEF, **BRIEF_ENV)
    assert done.returncode == 0, done.stdout + done.stderr


def test_outside_its_environment_the_gate_says_how_to_make_one(project, tmp_path):
    root = project(2)
    subprocess.run(["python3", "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    done = run(
        root, str(tmp_path / "bare" / "bin" / "python"), "-m", "evals.run", "--set", "smoke_v1"
    )
    assert done.returncode == 2
    assert "hint: make setup" in done.stderr
