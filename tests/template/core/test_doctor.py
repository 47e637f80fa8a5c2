"""Doctor says what is missing, what waits for a person, and what it cannot see."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def doctor(
    root: Path, *options: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "controls", "doctor", "--json"]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def test_what_is_missing_makes_the_exit_status_1(project):
    done = doctor(project(2))
    facts = {fact["about"]: fact for fact in json.loads(done.stdout)}
    assert done.returncode == 1
    assert facts["Python"]["state"] == "ok"
    assert facts["environment"] == {
        "about": "environment",
        "state": "missing",
        "found": "there is no .venv",
        "hint": "make setup",
    }
    assert facts["hook"]["state"] == "pending"
    assert facts["OWN-1"]["state"] == "pending"


def test_what_only_the_forge_knows_is_unknown_and_never_ok(project):
    facts = {fact["about"]: fact for fact in json.loads(doctor(project(2)).stdout)}
    assert facts["forge"]["state"] == "unknown"
    assert facts["forge"]["hint"] == "GH_TOKEN=$(gh auth token) make doctor"


def test_without_ci_no_protection_is_expected(project):
    facts = {fact["about"]: fact for fact in json.loads(doctor(project(2, ci="none")).stdout)}
    assert facts["forge"]["found"] == "no CI workflows here, so no protections are expected"


def test_an_identity_of_the_environment_counts(project, tmp_path):
    root = project(0)
    named = {
        f"GIT_{role}_{key}": "ada@example.com"
        for role in ("AUTHOR", "COMMITTER")
        for key in ("NAME", "EMAIL")
    }
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    states = [
        {fact["about"]: fact for fact in json.loads(doctor(root, env=env).stdout)}["identity"]
        for env in (bare, bare | named)
    ]
    assert [state["state"] for state in states] == ["missing", "ok"]
    assert states[1]["found"] == "ada@example.com <ada@example.com>"


def test_it_runs_without_any_package_installed(project):
    facts = [fact["about"] for fact in json.loads(doctor(project(0), "-S").stdout)]
    assert facts == ["Python", "git", "make", "environment", "identity", "hook", "forge"]
