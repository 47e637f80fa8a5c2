"""The tutorials are executed: every command runs and prints every line that is shown below it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PAGES = ("first-repository", "review-queue")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- next command ---"
IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Ada Lovelace", "EMAIL": "ada@example.com"}.items()
}

Step = tuple[str, list[str]]


def steps(page: str) -> list[Step]:
    """Return each command of a page with the output lines that stand below it."""
    found: list[Step] = []
    for block in BLOCK.findall((ROOT / f"docs/tutorial/{page}.md").read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def pattern(line: str) -> re.Pattern[str]:
    """Return what matches `line`, where `…` stands for any text and spaces may differ."""
    pieces = (r"\s+".join(map(re.escape, piece.split())) for piece in line.split("…"))
    return re.compile(r".*".join(pieces))


def transcript(commands: list[str], folder: Path, env: dict[str, str]) -> list[str]:
    """Return what each command printed, run one after the other in one shell."""
    script = "\n".join(
        f"{{ {command}\n}} 2>&1 || echo exit status $?\necho '{MARK}'" for command in commands
    )
    done = subprocess.run(
        ["bash", "-uo", "pipefail", "-c", script],
        cwd=folder,
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    outputs = done.stdout.split(f"{MARK}\n")[:-1]
    assert len(outputs) == len(commands), done.stdout + done.stderr
    return outputs


@pytest.fixture
def checkout(tmp_path, template_source) -> Path:
    """Return a released checkout of Prooflane as it lies in the work tree."""
    folder = tmp_path / "prooflane"
    shutil.copytree(template_source, folder, symlinks=True)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "generator", folder / "generator", ignore=skip)
    for command in (("add", "--all"), ("commit", "-qm", "Generator"), ("tag", "-f", "v0.1.0")):
        subprocess.run(
            ["git", *command],
            cwd=folder,
            env=os.environ | IDENTITY,
            check=True,
            capture_output=True,
        )
    return folder


@pytest.fixture
def newcomer(tmp_path, checkout) -> dict[str, str]:
    """Return the environment of a person with an empty home and `prooflane` on the path."""
    command = tmp_path / "bin" / "prooflane"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH="{checkout}/generator" exec "{sys.executable}" -m prooflane "$@"\n'
    )
    command.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    keep = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    path = f"{command.parent}:{os.environ['PATH']}"
    return keep | IDENTITY | {"HOME": str(home), "PATH": path, "NO_COLOR": "1"}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_tutorial_runs_and_prints_what_it_shows(page, tmp_path, newcomer):
    wanted = steps(page)
    assert len(wanted) > 8
    outputs = transcript([command for command, _ in wanted], tmp_path, newcomer)
    for (command, lines), output in zip(wanted, outputs, strict=True):
        said = [" ".join(line.split()) for line in output.splitlines()]
        if not any(line.startswith("exit status") for line in lines):
            assert not any(line.startswith("exit status") for line in said), f"{command}\n{output}"
        for line in lines:
            assert any(map(pattern(line).search, said)), f"{command}: no {line!r} in\n{output}"
