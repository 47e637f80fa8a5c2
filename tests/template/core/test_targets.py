"""`make` lists the menu, needs an environment, and hands a question on unharmed."""

import os
import subprocess
from pathlib import Path

import pytest


def make(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", *args], cwd=root, env=kept, capture_output=True, text=True, check=False
    )


def test_make_lists_the_menu_and_the_owners_own_targets(project):
    root = project(0)
    with (root / "Makefile").open("a") as file:
        file.write("\ndeploy: ## ship it\n\t@true\n")
    done = make(root)
    assert done.returncode == 0
    names = [line.split()[1] for line in done.stdout.splitlines()]
    assert names == ["help", "setup", "check", "eval", "ask", "trace", "lock", "doctor", "deploy"]


@pytest.mark.parametrize("target", ["check", "eval", "ask", "trace", "lock"])
def test_without_the_environment_the_hint_is_make_setup(project, target):
    done = make(project(0), target)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the environment is not set up\nhint: make setup\n")


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("what is $HOME?", id="a dollar"),
        pytest.param("""it's "quoted" `id`""", id="quotes and backticks"),
        pytest.param("ça va, toi?", id="an accent"),
        pytest.param("--help", id="an option's name"),
        pytest.param("$(shell touch planted)", id="a call of make's own language"),
    ],
)
def test_a_question_reaches_the_workflow_as_it_was_written(project, question):
    root = project(0)
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s" "$5"\n')
    python.chmod(0o755)
    assert make(root, "ask", f"Q={question}").stdout == question
    assert not (root / "planted").exists()


def test_doctor_works_before_there_is_an_environment(project):
    done = make(project(0), "doctor")
    assert "there is no .venv" in done.stdout
    assert "hint: make setup" in done.stdout
    assert "Traceback" not in done.stderr
