"""The how-to page does what it says: every command of it runs, in a repository as it describes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/sync-a-repository.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
CHANGED = (
    *("controls/ask.py", "controls/CONTROLS.md", "controls/managed/base.sha256"),
    *("README.md.jinja", "ai-workflow.yaml.jinja"),
)


@pytest.fixture
def repository(template_source, prooflane, commit, git, tmp_path):
    """Return the page's repository, whose template has one more release."""
    source = tmp_path / "source"
    shutil.copytree(template_source, source, symlinks=True)
    names = [f"template/{name}" for name in CHANGED]
    commit(source, {name: f"{(source / name).read_text()}# more\n" for name in names}, "v0.2.0")
    settings = tmp_path / "home/.config/prooflane/config.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"templates: [{str(source)!r}]\n")
    options = ("--to", "v0.1.0", "--tier", "1", "--defaults", "--no-verify", "--quiet")
    prooflane("new", "support-replies", "--template", source, *options)
    made = tmp_path / "support-replies"
    git(made, "config", "merge.tool", "take")
    git(made, "config", "mergetool.take.cmd", 'cp "$REMOTE" "$MERGED"')
    git(made, "config", "mergetool.take.trustExitCode", "true")
    git(made, "config", "mergetool.keepBackup", "false")
    return made


@pytest.fixture
def runs(repository, environment, tmp_path):
    """Return what runs a block of the page in the repository, and gives what it printed."""
    command = tmp_path / "home/bin/prooflane"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m prooflane "$@"\n')
    command.chmod(0o755)
    env = {**environment, "PATH": f"{command.parent}{os.pathsep}{environment['PATH']}"}

    def run(block: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", block],
            cwd=repository,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_look_then_sync(runs, git, repository):
    plan, sync, *_ = BLOCKS
    assert runs(plan) == SHOWN[0]
    runs(sync)
    assert git(repository, "status", "--short") == ""


def test_resolve_a_conflict(runs, commit, git, repository):
    text = (repository / "ai-workflow.yaml").read_text()
    commit(repository, {"ai-workflow.yaml": f"{text}# mine\n"})
    runs("prooflane sync || test $? = 1")
    assert git(repository, "ls-files", "--unmerged") != ""
    assert "no longer held: at v0.2.0" in runs(BLOCKS[2])


def test_an_edit_to_a_managed_file(runs, commit, repository):
    text = (repository / "controls/ask.py").read_text()
    commit(repository, {"controls/ask.py": f"{text}# mine\n"})
    runs("prooflane sync || test $? = 2")
    assert runs(BLOCKS[3]).splitlines()[-2:] == [
        " controls/ask.py |    1 +",
        " 1 file changed, 1 insertion(+)",
    ]


def test_change_the_tier(runs, repository):
    assert "tier 1 → 2" in runs(BLOCKS[4])
    assert (repository / "controls/gateway/limits.py").is_file()


def test_every_block_of_the_page_is_run_here():
    assert len(BLOCKS) == 5
