"""The how-to page does what it says: each of its commands runs, on a fleet as it describes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fleet import commit

PAGE = (Path(__file__).parents[2] / "docs/how-to/roll-out-a-version.md").read_text()
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
(ROLLOUT,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(PULL,) = re.findall(r"```yaml pull\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def runs(fleet, tmp_path):
    """Return what runs a block of the page, and gives what it printed."""
    command = tmp_path / "home/bin/prooflane"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m prooflane "$@"\n')
    command.chmod(0o755)
    # whoever runs this in the page's freeze sends all the same
    (tmp_path / "rollout.yaml").write_text(
        ROLLOUT.replace("2026-12", "2020-12").replace("2027-", "2021-")
    )
    env = {**os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
    for name in ("golden-a", "golden-b", "help"):
        fleet.add(f"acme/{name}")

    def run(block: str) -> str:
        shell = ["bash", "-ec", block]
        done = subprocess.run(
            shell, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.slow
def test_each_command_of_the_page_runs(runs, forge):
    begin, stop, approve, put_off, back, _ = COMMANDS
    assert runs(begin).endswith(SHOWN[0])
    repositories = forge.world.repositories.values()
    assert [len(row.pulls) for row in repositories] == [1, 1, 0]
    assert "paused" in runs(stop)
    assert "approved" in runs(approve)
    runs(put_off)
    runs(back)
    assert [row.pulls[0].state for row in repositories if row.pulls] == ["closed", "closed"]


@pytest.mark.slow
def test_pull_mode_of_the_page(runs, forge, fleet):
    pull = COMMANDS[-1]
    commit(fleet.template, {"rollout.yaml": PULL.replace("2026-12-01", "2126-12-01")})
    assert re.search(
        r": not yet: wave '(early|rest)' of v2.0.0 opens 2126-12-0[12]$", runs(pull).strip()
    )
    assert forge.world.written == []
    commit(fleet.template, {"rollout.yaml": PULL.replace("2026-12-01", "2020-12-01")})
    for _ in range(2):
        assert f"{fleet.host}/acme/help: v2.0.0 in wave '" in runs(pull)
    assert len(forge.world.repositories["acme/help"].pulls) == 1
