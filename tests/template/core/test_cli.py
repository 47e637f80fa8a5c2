"""Every verb is in the menu, and nothing that a user does ends in a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from controls import cli
from controls.errors import ControlsError


def controls(root: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "controls", *args]
    return subprocess.run(
        command, cwd=root, env=env or None, capture_output=True, text=True, check=False
    )


def test_the_menu_lists_the_verbs_of_this_tier(project):
    done = controls(project(0), "--help")
    assert done.returncode == 0
    assert "  check " in done.stdout
    assert "  review " not in done.stdout


def test_a_verb_of_another_tier_is_one_sentence(project):
    done = controls(project(0), "review")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: this repository has no verb 'review'\n"
        "hint: another tier has it; python -m controls --help lists those of this one\n"
    )


def test_an_unknown_verb_is_one_sentence(capsys):
    assert cli.main(["chekc"]) == 2
    assert capsys.readouterr().err == (
        "error: unknown verb 'chekc'\nhint: python -m controls --help\n"
    )


def test_an_empty_folder_is_refused_in_one_sentence(tmp_path, capsys):
    assert cli.main(["check", "--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: no ai-workflow.yaml in {str(tmp_path)!r} or a folder above it\n"
        "hint: run this inside a repository made by `prooflane new`\n"
    )


def test_the_repository_is_found_from_a_folder_within_it(project):
    root = project(0)
    assert cli.find_root(root / "workflow") == root


def test_no_root_above_is_an_error(tmp_path):
    with pytest.raises(ControlsError):
        cli.find_root(tmp_path)


def test_without_the_environment_the_hint_is_make_setup(project):
    root = project(0)
    done = subprocess.run(
        [sys.executable, "-S", "-m", "controls", "check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: 'check' cannot start: No module named ")
    assert done.stderr.endswith("hint: make setup\n")


def test_the_schema_verb_prints_the_published_schema(project):
    root = project(0)
    done = controls(root, "schema")
    assert done.stdout == (root / "controls/schema/manifest.schema.json").read_text()


def test_output_that_a_terminal_cannot_show_is_replaced(project):
    root = project(0, project_name="Réponses")
    done = controls(root, "check", "--static", PYTHONIOENCODING="ascii", PATH="/usr/bin:/bin")
    assert "R?ponses" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("check --today soon", "argument --today: 'soon' is no day, expected YYYY-MM-DD"),
        ("gate --today soon", "argument --today: 'soon' is no day, expected YYYY-MM-DD"),
        ("trace --today soon", "argument --today: 'soon' is no day, expected YYYY-MM-DD"),
        ("audit expire --today soon", "argument --today: 'soon' is no day, expected YYYY-MM-DD"),
        (
            "incidents open --detected soon",
            "argument --detected: 'soon' is no moment of ISO 8601, such as 2026-11-30T09:15",
        ),
    ],
)
def test_a_time_that_is_none_is_one_sentence(command, sentence, capsys):
    assert cli.main(command.split()) == 2
    assert capsys.readouterr().err.splitlines()[0] == f"error: {sentence}"


RUN = ["evals.run", "--set", "smoke_v1", "--case", "sso-protocols"]


@pytest.mark.parametrize(
    "command",
    [
        ["controls", "check", "--static"],
        ["controls", "--help"],
        ["controls", "check", "--help"],
        ["evals.run", "--help"],
        pytest.param(RUN, marks=pytest.mark.slow),
        pytest.param([*RUN, "--json"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_output_that_nobody_reads_ends_the_command_without_a_word(project, command):
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project(2),
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(theirs)
    assert done.returncode == 141
    assert done.stderr in ("", "smoke_v1: 0 of 1 cases, 0 s\n")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("controls/errors.py", 2, "the managed file controls/errors.py is missing"),
        ("controls/output.py", 2, "the managed file controls/output.py is missing"),
        ("controls/cli.py", 2, "the managed file controls/cli.py is missing"),
        ("controls/absent.py", 2, "No module named 'controls.absent'"),
        ("controls/document.py", 2, "the managed file controls/document.py is missing"),
        ("controls/check/command.py", 2, "the managed file controls/check/command.py is missing"),
        ("controls/check/runner.py", 2, "the managed file controls/check/runner.py is missing"),
        (
            "controls/tracing/environment.py",
            1,
            "cannot import name 'environment' from 'controls.tracing'",
        ),
        ("controls/secrets/scan.py", 1, "controls/secrets/scan.py: the managed file is missing"),
    ],
)
def test_a_managed_file_that_is_gone_is_named_whatever_needs_it(project, path, status, said):
    root = project(0)
    (root / path).unlink()
    done = controls(root, "check", "--static")
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_eval_gate_names_a_managed_file_that_is_gone(project):
    root = project(0)
    (root / "controls/evals/conduct.py").unlink()
    command = [sys.executable, "-m", "evals.run", "--set", "smoke_v1"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        (
            "error: the managed file controls/evals/conduct.py is missing\n"
            "hint: git checkout controls/evals/conduct.py\n"
        ),
    )
