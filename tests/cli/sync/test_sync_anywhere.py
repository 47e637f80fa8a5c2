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


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_git_was_told_not_to_see_is_seen(flag, prooflane, made, git, state):
    git(made, "update-index", flag, "settings.yaml")
    assert prooflane("sync", "--plan", "--quiet", cwd=made).status == 0
    (made / "settings.yaml").write_text("mine\n")
    before = state(made)
    done = prooflane("sync", cwd=made)
    message = "error: 'settings.yaml' has changes that git was told not to see, where the sync"
    hint = "hint: git update-index --no-assume-unchanged --no-skip-worktree settings.yaml, then"
    assert done.err == f"{message} writes\n{hint} commit it\n"
    assert (done.status, state(made)) == (2, before)


def test_a_sparse_checkout_is_synced(prooflane, made, git):
    git(made, "sparse-checkout", "set", "prompts")
    assert not (made / "controls").exists()
    assert prooflane("sync", "--quiet", cwd=made).status == 0
    assert git(made, "show", ":controls/log.py") == "LEVEL = 2"
    assert git(made, "diff", "--name-only") == ""
