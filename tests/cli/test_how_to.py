"""The commands of how-to pages run as they stand on the page, in the order of the page."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CANONICAL = "https://github.com/prooflane/prooflane.git"
PARTS = ("copier.yml", "cookiecutter.json", "hooks", "template", "generator")


@pytest.fixture
def follow(environment):
    """Return a function that runs the commands of a page in a folder, as one script."""

    def run(page, folder, **env):
        text = (ROOT / f"docs/how-to/{page}.md").read_text(encoding="utf-8")
        script = "set -euo pipefail\n" + "".join(BLOCK.findall(text))
        path = f"{Path(sys.executable).parent}:{environment['PATH']}"
        return subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env=environment | {"PATH": path} | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def clone(git, tmp_path):
    """Return a repository that stands for ours on the network, with a release."""
    target = tmp_path / "canonical"
    target.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".ruff_cache")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target / part, ignore=ignored)
        else:
            shutil.copy2(ROOT / part, target / part)
    git(target, "init", "-q", "-b", "main")
    git(target, "add", "--all")
    git(target, "commit", "-qm", "Template")
    git(target, "tag", "v0.1.0")
    return target


def test_start_with_cookiecutter(follow, clone, tmp_path):
    redirect = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{clone}.insteadOf",
        "GIT_CONFIG_VALUE_0": CANONICAL,
    }
    done = follow("start-with-cookiecutter", tmp_path, **redirect)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "_commit: v0.1.0\n_src_path: " + CANONICAL in done.stdout
    assert "ok: " in done.stdout
    assert "kept README.md: yours differs from the template's\n" in done.stdout


def test_check_a_repository(follow, prooflane, tmp_path):
    assert prooflane("new", "made", "--defaults", "--no-verify").status == 0
    done = follow("check-a-repository", tmp_path / "made")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "control  SEC-1 secrets hygiene" in done.stdout
    assert "restore controls/cli.py" in done.stderr
    assert os.path.lexists(tmp_path / "made/prooflane.sarif")


def test_use_gitlab(follow, git, tmp_path):
    done = follow("use-gitlab", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lanes = "evals-nightly.yml\npr-gate.yml\nred-team-weekly.yml\nrelease-lane.yml\n"
    assert f"{lanes}template-sync.yml\n" in done.stdout
    there = git(tmp_path / "moving", "ls-files", ".github", ".gitlab/CODEOWNERS", ".gitlab-ci.yml")
    assert there.split() == [".gitlab-ci.yml", ".gitlab/CODEOWNERS"]


def test_trust_a_template(follow, prooflane, clone, git, tmp_path):
    clone.rename(tmp_path / "our-template")
    options = ("--template", tmp_path / "our-template", "--defaults", "--no-verify")
    assert prooflane("new", "made", *options).status == 0
    (tmp_path / "our-template/template/AGENTS.md").write_text("newer\n")
    git(tmp_path / "our-template", "commit", "-qam", "Newer")
    done = follow("trust-a-template", tmp_path / "made")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith('  signer: "ada@example.com"\n')
