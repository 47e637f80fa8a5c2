"""On a terminal a person is asked before an edit of theirs is taken out."""

import os
import pty
import subprocess
import sys

import pytest

EDIT = {"controls/log.py": "LEVEL = 1\nMINE = True\n"}


@pytest.fixture
def answers(made, commit, environment):
    """Return what runs `sync` on a terminal, types an answer, and gives status and dialogue."""
    commit(made, EDIT)

    def run(typed: str, *options: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        os.write(ours, f"{typed}\n".encode())
        with subprocess.Popen(
            [sys.executable, "-m", "prooflane", "sync", *options],
            cwd=made,
            env=environment,
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.DEVNULL,
        ) as child:
            child.wait()
        os.close(theirs)
        said = os.read(ours, 65536).decode().replace("\r\n", "\n")
        os.close(ours)
        return child.returncode, said

    return run


@pytest.mark.parametrize("typed", ["y", "Yes"])
def test_who_agrees_gets_the_templates_version(typed, answers, made):
    status, said = answers(typed)
    assert status == 0
    assert (
        "Your edits to these files would be taken out, and kept as a patch:\n"
        "  controls/log.py  was edited here, and is managed\n"
        "Go on? [y/N] "
    ) in said
    assert (made / "controls/log.py").read_text() == "LEVEL = 2\n"
    assert "+MINE = True" in (made / "decisions/0001-template-v2.0.0.patch").read_text()


@pytest.mark.parametrize("typed", ["n", "", "what?"])
def test_who_does_not_agree_keeps_everything(typed, answers, made, state):
    before = state(made)
    status, said = answers(typed)
    assert status == 2
    assert said.endswith(
        "error: 1 edit of yours would be taken out, and nobody consented\n"
        "hint: --yes gives them up: a patch beside the decision record keeps them\n"
    )
    assert state(made) == before


def test_a_plan_asks_nothing(answers, made, state):
    before = state(made)
    status, said = answers("", "--plan")
    assert (status, "Go on?" in said) == (0, False)
    assert state(made) == before
