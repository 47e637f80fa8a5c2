"""`prooflane sync`: what it changes, what it leaves alone, and what it says."""

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "generator/prooflane/report/synced.schema.json").read_text()
)


@pytest.fixture
def sync(prooflane, made):
    """Return what runs `prooflane sync` in the repository."""
    return lambda *args, **env: prooflane("sync", *args, cwd=made, **env)


def test_brings_a_repository_to_the_newest_version(sync, made, git):
    done = sync()
    assert (done.status, done.err) == (0, "")
    assert (made / "controls/log.py").read_text() == "LEVEL = 2\n"
    assert "owner: somebody" in (made / "settings.yaml").read_text()
    assert "_commit: v2.0.0" in (made / ".copier-answers.yml").read_text()
    assert git(made, "status", "--short").splitlines() == [
        "M  .copier-answers.yml",
        "M  .prooflane.lock",
        "M  controls/catalogue.yaml",
        "M  controls/log.py",
        "A  controls/new.py",
        "D  controls/old.py",
        "A  decisions/0001-template-v2.0.0.md",
        "M  settings.yaml",
    ]


def test_leaves_what_is_the_owners_alone(sync, made):
    sync()
    assert (made / "prompts/answer.md").read_text() == "Answer.\n"


def test_says_what_changed_by_control_and_owner(sync):
    done = sync("--plan")
    assert (
        done.out
        == """\
would sync made v1.0.0 → v2.0.0: 8 files, 2 controls, no conflict

controls   ~ OWN-1  owner named   warn → block, settings.yaml
           ~ LOG-1  calls logged  controls/log.py

files      managed: 1 added, 2 updated, 1 removed
             ~ controls/catalogue.yaml
             ~ controls/log.py
             + controls/new.py
             - controls/old.py
           merged: 1 updated
             ~ settings.yaml
           yours: 1 added
             + decisions/0001-template-v2.0.0.md
           state: 2 updated
             ~ .copier-answers.yml
             ~ .prooflane.lock

checks     static: not run, the repository has no environment: make setup

next       the same command without --plan
"""
    )


def test_a_plan_writes_nothing(sync, made, state):
    before = state(made)
    assert sync("--plan").status == 0
    assert state(made) == before


@pytest.mark.parametrize(
    "case",
    [
        ({}, ()),
        ({"settings.yaml": "owner: me\n"}, ()),
        ({"controls/log.py": "LEVEL = 9\n"}, ()),
        ({"controls/log.py": "LEVEL = 9\n"}, ("--yes",)),
        ({"controls/log.py": "LEVEL = 9\n"}, ("--to", "v1.0.0", "--yes")),
    ],
    ids=[
        "without conflict",
        "with a conflict",
        "whose loss nobody consents to",
        "whose loss is consented to",
        "of nothing",
    ],
)
def test_a_plan_ends_as_the_sync_itself_and_says_the_same(case, sync, made, commit):
    edits, options = case
    if edits:
        commit(made, edits)
    planned, done = sync("--plan", "--json", *options), sync("--json", *options)
    assert planned.status == done.status == done.json["status"]
    differing = {"state", "seconds", "static"}
    for key in planned.json.keys() - differing:
        assert planned.json[key] == done.json[key], key


@pytest.mark.parametrize("option", ["--plan", "--yes"])
def test_json_follows_its_schema(option, sync, made, commit):
    commit(made, {"settings.yaml": "owner: me\n", "controls/old.py": "OLD = 2\n"})
    done = sync(option, "--json")
    jsonschema.validate(done.json, SCHEMA)
    assert done.json["conflicts"] == [{"path": "settings.yaml", "kind": "content"}]


def test_a_second_sync_has_nothing_to_do(sync, made, git):
    sync()
    git(made, "commit", "--quiet", "--message", "Sync")
    done = sync()
    assert (done.status, done.out) == (0, "made is at v2.0.0: nothing to do\n")


def test_the_same_command_again_before_the_commit_changes_nothing(sync, made, state):
    first = sync("--json")
    before = state(made)
    again = sync("--json")
    assert state(made) == before
    assert (again.status, again.err) == (0, "note: this sync is staged already\n")
    assert again.json["files"] == first.json["files"]


def test_quiet_says_nothing(sync):
    done = sync("--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_a_version_that_was_asked_for(sync, made, source, commit):
    commit(source, {"template/controls/new.py": "NEW = 3\n"}, "v3.0.0")
    sync("--to", "v2.0.0")
    assert (made / "controls/new.py").read_text() == "NEW = 1\n"


def test_from_a_folder_inside_the_repository(prooflane, made):
    assert prooflane("sync", "--quiet", cwd=made / "controls").status == 0
    assert (made / "controls/log.py").read_text() == "LEVEL = 2\n"


def test_of_a_repository_that_is_named(prooflane, made, tmp_path):
    assert prooflane("sync", "made", "--quiet", cwd=tmp_path).status == 0
    assert (made / "controls/log.py").read_text() == "LEVEL = 2\n"


def test_a_change_of_tier_is_a_sync(sync, made):
    done = sync("--set", "tier=1", "--to", "v1.0.0", "--json")
    assert done.json["tiers"] == [0, 1]
    assert done.json["controls"] == [
        {
            "id": "REV-1",
            "title": "drafts reviewed",
            "kind": "added",
            "how": "tier 1 asks for it",
        }
    ]
    assert (made / "controls/review.py").read_text() == "REVIEW = 1\n"
    assert done.json["record"] == "decisions/0001-tier-1.md"


def test_a_repository_ahead_of_the_newest_release_has_nothing_to_do(
    sync, made, source, commit, git
):
    commit(source, {"template/controls/new.py": "NEW = 3\n"}, "v3.0.0rc1")
    sync("--to", "v3.0.0rc1")
    git(made, "commit", "--quiet", "--message", "Sync")
    done = sync()
    assert done.status == 0
    assert done.err == "note: this repository is ahead of the newest release v2.0.0\n"
    assert done.out == "made is at v3.0.0rc1: nothing to do\n"


def test_a_tag_that_moved_is_no_obstacle(sync, made, source, git):
    git(source, "tag", "--force", "v1.0.0", "v2.0.0")
    assert sync().status == 0
    assert (made / "controls/log.py").read_text() == "LEVEL = 2\n"


def test_the_lock_says_what_is_in_force(sync, made, source, git):
    sync()
    lock = (made / ".prooflane.lock").read_text()
    assert f'commit: "{git(source, "rev-parse", "v2.0.0^{commit}")}"' in lock
    assert '  OWN-1: {version: "v2.0.0", state: current}\n' in lock


def test_the_decision_record_of_a_routine_sync_leaves_no_section_empty(sync, made):
    sync()
    record = (made / "decisions/0001-template-v2.0.0.md").read_text()
    assert "<!--" not in record
    assert record.startswith('---\ntitle: "Template v1.0.0 to v2.0.0"\ndate: null\nrisk: "low"\n')
    assert "- OWN-1 owner named: changed (warn → block, settings.yaml)\n" in record


def test_the_number_of_a_record_that_is_not_committed_is_not_taken_twice(sync, made, git):
    (made / "decisions").mkdir()
    (made / "decisions/0001-mine.md").write_text("Mine.\n")
    (made / "decisions/0002-mine.md").write_text("Mine, too.\n")
    git(made, "add", "decisions/0002-mine.md")
    assert sync("--plan", "--json").json["record"] == "decisions/0003-template-v2.0.0.md"
    assert sync().status == 0
    (made / "decisions/0004-mine.md").write_text("Later.\n")
    again = sync()
    assert (again.status, again.err) == (0, "note: this sync is staged already\n")
    assert sorted(path.name for path in (made / "decisions").iterdir()) == [
        "0001-mine.md",
        "0002-mine.md",
        "0003-template-v2.0.0.md",
        "0004-mine.md",
    ]


def test_the_number_of_a_record_that_the_template_brings_is_not_taken_twice(
    sync, made, source, commit
):
    commit(source, {"template/decisions/0001-how.md": "How we decide.\n"}, "v3.0.0")
    assert sync().status == 0
    assert sorted(path.name for path in (made / "decisions").iterdir()) == [
        "0001-how.md",
        "0002-template-v3.0.0.md",
    ]


def test_a_work_tree_with_changes_elsewhere_is_synced_and_keeps_them(sync, made, git):
    (made / "prompts/answer.md").write_text("Mine.\n")
    (made / "notes.txt").write_text("Mine too.\n")
    (made / "staged.txt").write_text("And this.\n")
    git(made, "add", "staged.txt")
    assert sync().status == 0
    assert (made / "prompts/answer.md").read_text() == "Mine.\n"
    status = git(made, "status", "--short").splitlines()
    assert {"M prompts/answer.md", " M prompts/answer.md"} & set(status)
    assert {"A  staged.txt", "?? notes.txt"} <= set(status)
    assert (made / "controls/log.py").read_text() == "LEVEL = 2\n"


def test_a_bare_repository_gets_a_commit_on_its_branch(prooflane, made, git, tmp_path):
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", "made", "bare.git")
    before = git(bare, "rev-parse", "HEAD")
    done = prooflane("sync", bare, "--json")
    assert (done.status, done.json["state"]) == (0, "committed")
    assert git(bare, "rev-parse", "main^") == before
    assert git(bare, "rev-parse", "main") == done.json["commit"]
    assert git(bare, "show", "main:controls/log.py") == "LEVEL = 2"
    prooflane("sync", made, "--quiet")
    assert git(made, "write-tree") == git(bare, "rev-parse", "main^{tree}")


def test_a_bare_repository_without_an_author_is_refused(made, prooflane, git, tmp_path):
    git(made, "clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    (tmp_path / "home/.gitconfig").unlink()
    done = prooflane("sync", "bare.git")
    assert done.status == 2
    assert done.err.startswith("error: git does not know who you are")


def test_a_linked_work_tree_is_synced_alone(prooflane, made, git, tmp_path):
    git(made, "worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    assert prooflane("sync", "linked", "--quiet").status == 0
    assert (tmp_path / "linked/controls/log.py").read_text() == "LEVEL = 2\n"
    assert git(made, "status", "--short") == ""
    assert git(tmp_path / "linked", "diff", "--name-only") == ""


def test_line_ends_and_links_are_written_as_git_checks_them_out(
    prooflane, template, commit, git, tmp_path
):
    text = "_subdirectory: template\n_preserve_symlinks: true\n"
    source = template(
        {
            "copier.yml": text,
            "template/.gitattributes": "*.txt text eol=crlf\n",
            "template/a.txt": "1\n",
            "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml }}",
        }
    )
    options = ("--template", source, "--defaults", "--quiet")
    prooflane("new", "made", *options)
    made = tmp_path / "made"
    (source / "template/link").symlink_to("a.txt")
    (source / "template/run").write_text("#!/bin/sh\n")
    (source / "template/run").chmod(0o755)
    commit(source, {"template/a.txt": "2\n"}, "v2.0.0")
    assert prooflane("sync", "--template", source, "--quiet", cwd=made).status == 0
    assert (made / "a.txt").read_bytes() == b"2\r\n"
    assert (made / "link").readlink() == Path("a.txt")
    assert (made / "run").stat().st_mode & 0o111
    assert git(made, "diff", "--name-only") == ""


def test_a_bare_repository_with_conflicts_is_left_as_it_is(prooflane, made, commit, git, tmp_path):
    commit(made, {"settings.yaml": "owner: me\n"})
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", "made", "bare.git")
    before = git(bare, "rev-parse", "HEAD")
    done = prooflane("sync", bare, "--json")
    assert (done.status, done.json["state"]) == (1, "refused")
    assert done.json["reason"] == "conflicts need a checkout"
    assert git(bare, "rev-parse", "HEAD") == before
