"""`make setup` says what a machine lacks, and does nothing twice."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from controls import lock, setup

TEMPLATE = Path(__file__).parents[3] / "template"


@pytest.mark.parametrize(
    ("version", "venv", "said"),
    [
        pytest.param(
            (3, 10, 9),
            True,
            ("Python 3.10 is too old, 3.11 or newer is needed", "make setup PYTHON=python3.11"),
            id="an old Python",
        ),
        pytest.param(
            (3, 12, 1),
            False,
            (
                "Python 3.12 has no venv module",
                "install the package python3.12-venv (or python3-venv), then run this again",
            ),
            id="no venv module",
        ),
        pytest.param((3, 11, 0), True, None, id="the oldest that will do"),
    ],
)
def test_what_the_machine_lacks_is_named_with_the_package(version, venv, said):
    assert setup.lack(version, setup.LOCKS, venv=venv) == said


def test_a_lock_that_is_gone_is_named(project):
    root = project(0)
    (root / "controls/uv.txt").unlink()
    done = run_setup(root)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: controls/uv.txt is missing\nhint: git checkout controls/uv.txt\n"
    )


def test_importing_the_script_reads_nobodys_arguments(project):
    code = "import sys; sys.argv = ['x', 'doctor']; from controls import setup; print(setup.ROOT)"
    root = project(0)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{root}\n"


def test_an_old_python_can_read_the_script_to_be_told_that_it_is_old():
    text = (TEMPLATE / "controls/setup.py").read_text(encoding="utf-8")
    assert ast.parse(text, feature_version=(3, 8))


def test_every_requirement_of_the_installer_has_a_hash_and_no_index():
    text = (TEMPLATE / "controls/uv.txt").read_text(encoding="utf-8")
    pins = lock.blocks(text)
    assert list(pins) == ["uv"]
    assert "--hash=sha256:" in pins["uv"]
    assert "http" not in text
    assert "index" not in text.partition("\n")[2]


def run_setup(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "controls/setup.py"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_setup_works_in_a_path_with_a_space_and_an_accent_and_only_once(project, tmp_path):
    root = project(0).rename(tmp_path / "à la carte")
    first = run_setup(root)
    assert (first.returncode, first.stderr) == (0, "")
    assert "packages             done in" in first.stdout
    assert (root / ".git/hooks/pre-commit").is_file()
    second = run_setup(root)
    assert second.stdout.startswith("the environment is up to date: .venv\n")
    (root / "requirements.txt").write_text("# changed\n-r controls/requirements.txt\n")
    doctor = subprocess.run(
        [root / ".venv/bin/python", "-m", "controls", "doctor"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ".venv was not made from these locks" in doctor.stdout


def test_a_second_work_tree_leaves_the_hook_of_the_first_as_it_is(project, tmp_path, monkeypatch):
    root, linked = project(0), tmp_path / "linked"
    subprocess.run(["git", "worktree", "add", "--quiet", linked], cwd=root, check=True)
    hook = root / ".git/hooks/pre-commit"
    hook.parent.mkdir()
    hook.write_text("of the main work tree")
    monkeypatch.setattr(setup, "ROOT", linked)
    assert setup._hook() == "the pre-commit hook is that of the main work tree"
    assert hook.read_text() == "of the main work tree"


def test_pins_are_found_by_their_normalised_name_with_their_hashes():
    text = "Typing_Extensions==4.0 \\\n    --hash=sha256:aa\nuv==1.0\n"
    assert lock.blocks(text) == {
        "typing-extensions": "Typing_Extensions==4.0 \\\n    --hash=sha256:aa\n",
        "uv": "uv==1.0\n",
    }


def test_without_wishes_of_its_own_a_repository_has_the_managed_pins_alone(project):
    root = project(0)
    (root / "requirements.txt").write_text("stale\n")
    done = subprocess.run(
        [sys.executable, "-m", "controls", "lock"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        done.stdout
        == "there is no requirements.in, so requirements.txt holds the managed pins alone\n"
    )
    assert (root / "requirements.txt").read_bytes() == (TEMPLATE / "requirements.txt").read_bytes()


@pytest.mark.slow
def test_own_requirements_are_pinned_beside_the_managed_ones(project):
    root = project(0)
    (root / "requirements.in").write_text("humanize\npydantic\n")
    done = subprocess.run(
        [sys.executable, "-m", "controls", "lock"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    text = (root / "requirements.txt").read_text()
    assert "humanize==" in text
    assert "--hash=sha256:" in text
    assert "\npydantic==" not in text
    assert "http" not in text


@pytest.mark.slow
def test_requirements_that_contradict_the_managed_pins_are_one_sentence(project):
    root = project(0)
    (root / "requirements.in").write_text("pydantic<2\n")
    before = (root / "requirements.txt").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "controls", "lock"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: requirements.in cannot be locked: No solution found")
    assert (root / "requirements.txt").read_bytes() == before
