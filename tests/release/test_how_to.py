"""The how-to page does what it says: each of its commands runs, in a team's own template."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from forks import FIRST, catalogue

from prooflane.resync import migrations

PAGE = (Path(__file__).parents[2] / "docs/how-to/publish-a-template-version.md").read_text()
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
MIGRATIONS, SETTINGS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NEW = {
    "title": "team named",
    "tiers": [0, 1],
    "files": ["settings.yaml"],
    "mode": "warn",
    "since": "1.1.0",
    "remedy": "name the team",
    "needs": ["settings.yaml", "team:"],
}


@pytest.fixture
def runs(fork, commit, key, environment, tmp_path):
    """Return what runs a block of the page in the fork, and gives what it printed."""
    command = tmp_path / "home/bin/prooflane"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m prooflane "$@"\n')
    command.chmod(0o755)
    environment["PATH"] = f"{command.parent}:{environment['PATH']}"
    assert key == tmp_path / "home/ada"
    commit(fork, {"template/controls/catalogue.yaml": catalogue(OWN_2=NEW)})

    def run(block: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", block], cwd=fork, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.slow
def test_each_command_of_the_page_runs(runs, fork, git):
    look, tell, cut, promote = COMMANDS
    assert SHOWN[0].partition(" ")[2] in runs(look)  # what comes first is a commit's id
    assert "team named" in runs(tell)
    said = runs(cut)
    assert "would cut v1.1.0\n" in said
    assert "v1.1.0 is cut\n" in said
    assert git(fork, "cat-file", "-t", "v1.1.0") == "tag"
    assert "| OWN-2 | team named |" in runs(promote)
    assert yaml.safe_load((fork / "channels.yaml").read_text()) == {
        "canary": "v1.1.0", "stable": "v1.1.0",
    }  # fmt: skip


def test_the_files_that_it_shows_are_read():
    assert (
        yaml.safe_load(FIRST["release.yaml"])["profiles"] == (yaml.safe_load(SETTINGS)["profiles"])
    )
    assert len(migrations.parse(MIGRATIONS.encode())) == 2
