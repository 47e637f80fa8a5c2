"""What `prooflane` says of itself, and how it refuses what it does not know."""

import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from prooflane import __version__

HELP = """\
usage: prooflane VERB [options]

Creates AI-workflow repositories whose controls already work.

verbs:
"""


@pytest.mark.parametrize("args", [(), ("--help",), ("-h",), ("help",)], ids=str)
def test_help_lists_the_verbs(args, prooflane):
    done = prooflane(*args)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(HELP)
    assert re.search(r"^  new +create a governed AI-workflow repository", done.out, re.MULTILINE)


def test_help_imports_nothing_heavy(environment):
    code = "import sys; from prooflane.cli import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"argparse", "click", "copier", "jinja2", "pydantic", "rich", "yaml"}


def test_creating_imports_neither_copier_nor_a_terminal_library(environment):
    code = "import sys; from prooflane.cli import new; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"copier", "pydantic", "pygit2", "questionary", "rich"}


def test_version(prooflane):
    assert prooflane("--version").out == "prooflane 0.1.0\n"


def test_the_version_is_that_of_the_distribution():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert __version__ == project["version"]


def test_each_verb_has_help(prooflane):
    done = prooflane("new", "--help")
    assert done.status == 0
    for option in ("--tier N", "--set KEY=VALUE", "--answers FILE", "--defaults", "--template SRC"):
        assert option in done.out
    for option in ("--to VERSION", "--no-verify", "--plan", "--json", "--quiet"):
        assert option in done.out
    assert prooflane("completion", "--help").status == 0


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("nwe", "unknown verb 'nwe'", "did you mean 'new'?"),
        ("zzz", "unknown verb 'zzz'", "prooflane --help lists the verbs"),
        ("--quite", "unknown option '--quite'", "prooflane --help lists the verbs"),
    ],
    ids=["close to a verb", "far from every verb", "an option"],
)
def test_refuses_the_first_word(word, message, hint, prooflane):
    done = prooflane(word)
    assert (done.status, done.out, done.err) == (2, "", f"error: {message}\nhint: {hint}\n")


def test_bash_completes_verbs_and_options(prooflane, tmp_path):
    script = tmp_path / "completion.bash"
    script.write_text(prooflane("completion", "bash").out)
    assert _complete(script, "prooflane", "n") == ["new"]
    assert _complete(script, "prooflane", "new", "--te") == ["--template"]
    assert _complete(script, "prooflane", "completion", "z") == ["zsh"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_accept_their_script(shell, prooflane, tmp_path):
    script = tmp_path / "completion"
    script.write_text(prooflane("completion", shell).out)
    assert "prooflane" in script.read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n", script], check=True)


def test_refuses_another_shell(prooflane):
    done = prooflane("completion", "tcsh")
    assert done.err.startswith("error: argument shell: invalid choice: 'tcsh'")
    assert (done.status, done.err.splitlines()[1]) == (2, "hint: prooflane completion --help")


def test_a_closed_pipe_is_no_error(environment):
    command = f"{sys.executable} -m prooflane --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_colour_needs_a_terminal_that_wants_it(environment, template, tmp_path):
    source = template()
    plain = _on_terminal(environment, source, tmp_path / "plain", NO_COLOR="1")
    assert "\x1b[1m" in _on_terminal(environment, source, tmp_path / "coloured", TERM="xterm")
    assert "\x1b[1m" not in plain


def _complete(script, *words):
    body = (
        f"source {script}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
        "_prooflane; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", body], capture_output=True, text=True, check=True)
    return done.stdout.split()


def _on_terminal(environment, source, made, **env):
    command = [sys.executable, "-m", "prooflane", "new", str(made), "--template", str(source)]
    ours, theirs = pty.openpty()
    subprocess.run([*command, "--defaults"], env={**environment, **env}, stdout=theirs, check=True)
    os.close(theirs)
    said = os.read(ours, 65536).decode()
    os.close(ours)
    return said
