"""Where `prooflane sync` is run: terminals, disks and indexes that are not the usual ones."""

import os
import resource
import subprocess
import sys

import pytest


@pytest.fixture
def renamed(made, git):
    """Return the repository after its owner gave a file a name that is no text."""
    (made / "settings.yaml").rename(made / os.fsdecode(b"set\xe9.yaml"))
    git(made, "add", "--all")
    git(made, "commit", "--quiet", "--message", "Rename")
    return made


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict"])
def test_a_terminal_that_cannot_show_a_name_shows_its_bytes(encoding, prooflane, renamed):
    done = prooflane("sync", cwd=renamed, PYTHONIOENCODING=encoding)
    assert (done.status, done.err) == (0, "")
    assert "set\\udce9.yaml was renamed here, and took the template's change" in done.out


def test_json_names_it_too(prooflane, renamed):
    done = prooflane("sync", "--plan", "--json", cwd=renamed, PYTHONIOENCODING="utf-8:strict")
    assert [os.fsencode(note["path"]) for note in done.json["notes"]] == [b"set\xe9.yaml"]


@pytest.mark.parametrize("limit", [0, 10, 100, 1000])
def test_a_disk_that_is_full_while_it_merges_is_one_sentence(limit, renamed, environment, state):
    before = state(renamed)
    done = subprocess.run(
        [sys.executable, "-m", "prooflane", "sync", "--quiet"],
        cwd=renamed,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    message, hint = done.stderr.splitlines()
    assert (done.returncode, message[:7], hint[:6]) == (2, "error: ", "hint: ")
    assert state(renamed) == before
