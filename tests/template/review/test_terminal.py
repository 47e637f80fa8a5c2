"""Reviewing in the terminal, draft by draft, with a real editor process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from controls.review import store, terminal

EDITOR = f"""{sys.executable} -c "import sys; open(sys.argv[1], 'w').write('Edited words.')" """


def walk(root: Path, keys: str, *args: str, editor: str = EDITOR) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "controls", "review", "next", *args]
    env = {**os.environ, "EDITOR": editor, "VISUAL": ""}
    return subprocess.run(
        command, cwd=root, input=keys, env=env, capture_output=True, text=True, check=False
    )


def test_a_reviewer_edits_in_the_editor_and_sends(root, draft):
    done = walk(root, "e\ns\n", "--actor", "@ada")
    assert done.stderr == ""
    assert "+Edited words." in done.stdout
    assert done.stdout.endswith(f"{draft.id} sent by @ada\n\n1 decided, 0 waiting\n")
    sent = store.get(root, draft.id)
    assert (sent.state, sent.text, sent.actor) == ("sent", "Edited words.", "@ada")


@pytest.mark.parametrize(
    ("keys", "state", "told"),
    [
        ("s\n", "sent", "1 decided, 0 waiting"),
        ("r\n", "rejected", "1 decided, 0 waiting"),
        ("n\n", "draft", "0 decided, 1 waiting"),
        ("q\n", "draft", "0 decided, 1 waiting"),
        ("", "draft", "0 decided, 1 waiting"),
        ("?\nr\n", "rejected", "1 decided, 0 waiting"),
    ],
    ids=["send", "reject", "next", "quit", "end of input", "an unknown key asks again"],
)
def test_a_key_is_a_decision(root, draft, keys, state, told):
    done = walk(root, keys, "--actor", "@ada")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, told)
    assert store.get(root, draft.id).state == state


def test_an_editor_that_fails_changes_nothing_and_asks_again(root, draft):
    done = walk(root, "e\nq\n", "--actor", "@ada", editor="false")
    assert "error: editor 'false' failed" in done.stdout
    assert store.get(root, draft.id) == draft


def test_without_a_person_nothing_is_asked(root, draft):
    done = walk(root, "s\n")
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: a review needs a person")
    assert store.get(root, draft.id) == draft


def test_the_slower_reviewer_is_told(root, draft):
    quick = f"{sys.executable} -m controls review reject {draft.id} --actor @grace --root {root} #"
    script = root / "quick.sh"
    script.write_text(f"#!/bin/sh\n{quick}\necho mine > $1\n")
    script.chmod(0o700)
    done = walk(root, "e\n", "--actor", "@ada", editor=str(script))
    assert "somebody else decided" in done.stdout
    assert store.get(root, draft.id).actor == "@grace"


def test_what_a_terminal_would_obey_is_shown_instead():
    assert terminal.plain("a\x1b[2Jb\u202ec\x07\n\td") == "a�[2Jb�c�\n\td"
