"""Doctor says what is missing, what waits for a person, and what it cannot see."""

import json
import subprocess
import sys
from pathlib import Path


def doctor(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-m", "controls", "doctor", "--json"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


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
    assert facts["forge"]["hint"].startswith("gh api ")


def test_without_ci_no_protection_is_expected(project):
    facts = {fact["about"]: fact for fact in json.loads(doctor(project(2, ci="none")).stdout)}
    assert facts["forge"]["found"] == "no CI workflows here, so no protections are expected"


def test_it_runs_without_any_package_installed(project):
    facts = [fact["about"] for fact in json.loads(doctor(project(0), "-S").stdout)]
    assert facts == ["Python", "git", "make", "environment", "identity", "hook", "forge"]
