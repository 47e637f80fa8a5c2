"""A command is shown as it is typed: with the environment's Python where `python` is another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from controls.typed import typed

SAID = "run x   python -m controls trace x (or python -m evals.run; not python -m pytest)"
HERE = ".venv/bin/python -m"


@pytest.fixture
def root(tmp_path) -> Path:
    program = tmp_path / ".venv/bin/python"
    program.parent.mkdir(parents=True)
    program.symlink_to(sys.executable)
    return tmp_path


def test_a_shell_without_the_environment_is_told_its_python(root):
    assert typed(SAID, root) == (
        f"run x   {HERE} controls trace x (or {HERE} evals.run; not python -m pytest)"
    )
    assert typed(typed(SAID, root), root) == typed(SAID, root)


def test_where_the_environment_is_active_python_is_python(root, monkeypatch):
    monkeypatch.setenv("PATH", f"{root}/.venv/bin{os.pathsep}{os.environ['PATH']}")
    assert typed(SAID, root) == SAID


def test_where_there_is_no_environment_nothing_else_is_named(tmp_path):
    assert typed(SAID, tmp_path) == SAID


@pytest.mark.slow
def test_a_python_without_the_libraries_names_the_one_that_has_them(project, environment):
    root = environment(project(2))
    for python, told in (
        ([sys.executable, "-S"], "hint: .venv/bin/python -m controls trace …"),
        ([root / ".venv/bin/python"], 'hint: make ask Q="how do I reset my password?"'),
    ):
        command = [*python, "-m", "controls", "trace", "nobody"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (2, told)
