"""The stock pre-commit with our local hooks: real runs and real commits, without a network."""

import os
import subprocess
from pathlib import Path

import pytest

HOOKS = ["lint", "format", "secrets", "manifest", "policy"]


@pytest.fixture
def root(ready_project) -> Path:
    return ready_project(1)


@pytest.fixture
def run(root: Path, tmp_path: Path, offline: list[str]):
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"PRE_COMMIT_HOME": str(tmp_path / "hooks"), "GIT_CONFIG_GLOBAL": os.devnull}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": "Ada", f"GIT_{role}_EMAIL": "ada@example.com"}

    def start(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*offline, *command], cwd=root, env=env, capture_output=True, text=True, check=False
        )

    return start


def states(output: str) -> dict[str, str]:
    lines = [line for line in output.splitlines() if line.endswith(("Passed", "Failed", "Skipped"))]
    return {line.split(".")[0]: line.rsplit(".")[-1] for line in lines}


def commit(run) -> subprocess.CompletedProcess[str]:
    assert run(".venv/bin/pre-commit", "install").returncode == 0
    run("git", "add", "--all")
    return run("git", "commit", "--message", "Change")


def head(run) -> str:
    return run("git", "rev-parse", "HEAD").stdout


def test_every_hook_passes_on_a_fresh_repository_and_changes_nothing(run):
    done = run(".venv/bin/pre-commit", "run", "--all-files", "--verbose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(states(done.stdout)) == HOOKS
    assert set(states(done.stdout).values()) == {"Passed"}
    assert run("git", "status", "--porcelain").stdout == ""


@pytest.mark.slow
def test_commit_with_a_planted_secret_fails_and_does_not_print_it(run, root: Path):
    before = head(run)
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", root / "workflow/deploy key"], check=True)
    secret = (root / "workflow/deploy key").read_text()
    done = commit(run)
    assert done.returncode == 1
    assert head(run) == before
    assert "workflow/deploy key:1: a secret, by rule 'private-key'" in done.stdout + done.stderr
    assert secret.splitlines()[1] not in done.stdout + done.stderr


def test_harmless_commit_passes_and_runs_only_what_it_touches(run, root: Path):
    (root / "NOTES.md").write_text("Nothing to hide.\n")
    done = commit(run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [
        name for name, state in states(done.stderr + done.stdout).items() if state == "Passed"
    ] == ["secrets"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hook", "fault"),
    [
        ("lint", ("workflow/answer.py", "def ", "import os\ndef ")),
        ("format", ("workflow/answer.py", " = ", "   =   ")),
        ("manifest", ("ai-workflow.yaml", "tier: 1", "tier: 0")),
        ("policy", ("ai-workflow.yaml", "allowed_data: []", "allowed_data: [psychic]")),
    ],
    ids=["lint", "format", "manifest", "policy"],
)
def test_planted_fault_fails_the_hook_of_that_name(run, root, hook, fault):
    path, before, after = fault
    text = (root / path).read_text()
    assert before in text
    (root / path).write_text(text.replace(before, after, 1))
    done = commit(run)
    assert done.returncode == 1
    assert states(done.stdout + done.stderr)[hook] == "Failed"
