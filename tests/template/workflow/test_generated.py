"""The owner's rooms of a generated repository work offline, and the gate sees what is missing."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
OFFLINE = """
import socket

def refuse(self, address):
    if self.family != getattr(socket, "AF_UNIX", None):
        raise AssertionError(f"the network was asked for {address!r}")

socket.socket.connect = refuse
"""
GATE = ("evals.run", "--set", "smoke_v1", "--max-cost", "25", "--min-pass", "0.92")


def run(repo, offline, *args):
    env = {**os.environ, "PYTHONPATH": str(offline)}
    command = [sys.executable, "-m", *args]
    return subprocess.run(command, cwd=repo, env=env, capture_output=True, text=True, check=False)


def report(repo):
    return json.loads((repo / ".aiwf/reports/evals/smoke_v1.json").read_text(encoding="utf-8"))


@pytest.fixture
def offline(tmp_path):
    folder = tmp_path / "offline"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(OFFLINE)
    return folder


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_the_owner_s_tests_pass_without_a_network(project, offline, tier):
    done = run(project(tier), offline, "pytest")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_owner_s_code_is_clean_under_the_repository_s_own_rules(project, offline):
    repo = project(2)
    for tool in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("pyrefly", "check", "--python-interpreter-path", sys.executable),
    ):
        done = run(repo, offline, *tool)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_smoke_gate_passes_with_an_honest_failure(project, offline):
    repo = project(2)
    done = run(repo, offline, *GATE)
    assert done.returncode == 0, done.stdout + done.stderr
    failures = report(repo)["failures"]
    assert failures
    assert not any(failure["critical"] for failure in failures)


@pytest.mark.parametrize(
    ("article", "cases"),
    [
        ("password-reset", {"reset-password"}),
        ("delete-workspace", {"workspace-kept", "workspace-restore", "delete-workspace-steps"}),
        ("delete-account", {"delete-account-steps"}),
    ],
)
def test_without_a_key_article_the_gate_fails_on_its_critical_cases(
    project, offline, article, cases
):
    repo = project(2)
    (repo / f"workflow/knowledge/{article}.md").unlink()
    assert run(repo, offline, *GATE).returncode == 1
    assert {one["id"] for one in report(repo)["failures"] if one["critical"]} == cases


def test_without_any_article_the_gate_fails(project, offline):
    repo = project(2)
    for article in (repo / "workflow/knowledge").glob("*.md"):
        article.unlink()
    assert run(repo, offline, *GATE).returncode == 1
