"""Conflicts are git's own, hold their controls, and nothing that a person wrote is lost."""

import pytest

MINE = """\
name: demo
owner: me

limits:
  a: 1
  b: 2

tail: end
"""


@pytest.fixture
def sync(prooflane, made):
    """Return what runs `prooflane sync` in the repository."""
    return lambda *args, **env: prooflane("sync", *args, cwd=made, **env)


@pytest.fixture
def conflicted(sync, made, commit):
    """Return the repository after a sync with a conflict in settings.yaml."""
    commit(made, {"settings.yaml": MINE})
    assert sync().status == 1
    return made


def test_a_conflict_has_stages_and_markers(conflicted, git):
    assert (
        (conflicted / "settings.yaml")
        .read_text()
        .startswith("""\
name: demo
<<<<<<< yours
owner: me
=======
owner: somebody
>>>>>>> template

limits:
""")
    )
    stages = git(conflicted, "ls-files", "--unmerged").splitlines()
    assert [line.split()[2] for line in stages] == ["1", "2", "3"]
    assert git(conflicted, "show", ":2:settings.yaml") == MINE.strip()
    assert "owner: nobody" in git(conflicted, "show", ":1:settings.yaml")
    assert "owner: somebody" in git(conflicted, "show", ":3:settings.yaml")


def test_git_mergetool_resolves_it(conflicted, git):
    tool = ("-c", "merge.tool=theirs", "-c", "mergetool.theirs.cmd=cp $REMOTE $MERGED")
    options = ("-c", "mergetool.theirs.trustExitCode=true", "-c", "mergetool.keepBackup=false")
    git(conflicted, *tool, *options, "mergetool", "--no-prompt")
    assert git(conflicted, "ls-files", "--unmerged") == ""
    assert "owner: somebody" in (conflicted / "settings.yaml").read_text()


def test_git_reset_merge_gives_the_sync_up(conflicted, git):
    git(conflicted, "reset", "--quiet", "--merge")
    assert git(conflicted, "status", "--short") == ""
    assert (conflicted / "settings.yaml").read_text() == MINE


def test_its_control_is_held_and_every_other_one_moves_on(conflicted):
    lock = (conflicted / ".prooflane.lock").read_text()
    assert '  OWN-1: {version: "v1.0.0", state: held}\n' in lock
    assert '  LOG-1: {version: "v2.0.0", state: current}\n' in lock


def test_the_screen_says_so(sync, made, commit):
    commit(made, {"settings.yaml": MINE})
    done = sync()
    assert "1 conflict, 1 held" in done.out.splitlines()[0]
    assert "           ! OWN-1 held at v1.0.0: settings.yaml\n" in done.out
    assert "conflicts  ! settings.yaml  both sides changed the same lines\n" in done.out
    assert "next       git mergetool" in done.out


def test_the_record_leaves_judgement_to_a_person(conflicted):
    record = (conflicted / "decisions/0001-template-v2.0.0.md").read_text()
    assert "- OWN-1 stays at v1.0.0: settings.yaml\n" in record
    assert (
        "<!-- Why were conflicts, holds, lost edits or the tier decided as they are? -->" in record
    )


def test_the_same_command_again_says_the_same(sync, conflicted, state):
    before = state(conflicted)
    again = sync()
    assert (again.status, again.err) == (1, "note: this sync is staged already\n")
    assert state(conflicted) == before


def test_keeping_ones_own_side_keeps_the_control_held(sync, conflicted, commit, git):
    commit(conflicted, {"settings.yaml": MINE})
    done = sync()
    assert done.status == 1
    assert done.out.splitlines()[0] == "made is at v2.0.0: nothing to do, 1 control held"
    assert git(conflicted, "status", "--short") == ""


def test_taking_the_templates_side_lifts_the_hold(sync, conflicted, commit):
    commit(conflicted, {"settings.yaml": MINE.replace("owner: me", "owner: somebody")})
    done = sync("--json")
    assert (done.status, done.json["lifted"], done.json["held"]) == (0, ["OWN-1"], [])
    lock = (conflicted / ".prooflane.lock").read_text()
    assert '  OWN-1: {version: "v2.0.0", state: current}\n' in lock


def test_a_hold_outlives_the_next_release(sync, conflicted, commit, source):
    commit(conflicted, {"settings.yaml": MINE})
    commit(source, {"template/controls/log.py": "LEVEL = 3\n"}, "v3.0.0")
    done = sync("--json")
    assert done.status == 1
    assert [(row["id"], row["version"]) for row in done.json["held"]] == [("OWN-1", "v1.0.0")]
    assert done.json["conflicts"] == []
    assert (
        '  LOG-1: {version: "v3.0.0", state: current}\n'
        in (conflicted / ".prooflane.lock").read_text()
    )


EDIT = {"controls/log.py": "LEVEL = 1\nMINE = True\n", "controls/old.py": "OLD = 1\nMINE = 2\n"}


def test_an_edit_to_a_managed_file_is_not_taken_without_consent(sync, made, commit, state):
    commit(made, EDIT)
    before = state(made)
    done = sync()
    assert done.status == 2
    assert done.err == (
        "error: 2 edits of yours would be taken out, and nobody consented\n"
        "hint: --yes gives them up: a patch beside the decision record keeps them\n"
    )
    assert "taken out  - controls/log.py  was edited here, and is managed\n" in done.out
    assert state(made) == before


def test_what_is_taken_is_kept_as_a_patch_that_applies(sync, made, commit, git):
    commit(made, EDIT)
    assert sync("--yes").status == 0
    assert (made / "controls/log.py").read_text() == "LEVEL = 2\n"
    assert not (made / "controls/old.py").exists()
    patch = (made / "decisions/0001-template-v2.0.0.patch").read_text()
    git(made, "commit", "--quiet", "--message", "Sync")
    git(made, "checkout", "--quiet", "HEAD~2")
    (made / "kept.patch").write_text(patch)
    git(made, "apply", "kept.patch")
    assert {path: (made / path).read_text() for path in EDIT} == EDIT


def test_remarks_in_the_answers_are_not_taken_without_consent(sync, made, commit):
    text = (made / ".copier-answers.yml").read_text()
    commit(made, {".copier-answers.yml": f"{text}# why it is called so\nnickname: demmy\n"})
    done = sync()
    assert done.err.startswith("error: 1 edit of yours would be taken out, and nobody consented\n")
    assert "- .copier-answers.yml  has remarks of yours, and is written anew\n" in done.out
    said = ".copier-answers.yml answers nickname, which the template does not ask: left out\n"
    assert said in done.out
    assert sync("--yes").status == 0
    patch = (made / "decisions/0001-template-v2.0.0.patch").read_text()
    assert "+# why it is called so\n+nickname: demmy\n" in patch
