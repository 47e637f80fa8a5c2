"""What `prooflane sync` refuses: one sentence, a hint, status 2, and nothing is touched."""

import subprocess

import pytest


@pytest.fixture
def refuses(prooflane, made, state):
    """Return what runs `sync`, and checks sentence, hint, status, and that nothing changed."""

    def check(message: str, hint: str, *args: object, **env: str) -> None:
        before = state(made)
        done = prooflane("sync", *args, cwd=made, **env)
        assert done.err == f"error: {message}\nhint: {hint}\n"
        assert (done.status, done.out) == (2, "")
        assert state(made) == before

    return check


def test_a_folder_that_is_no_repository(prooflane, tmp_path):
    (tmp_path / "plain").mkdir()
    done = prooflane("sync", "plain")
    assert (
        done.err == "error: 'plain' is not a git repository\nhint: git init and commit it first\n"
    )
    assert (done.status, done.out, [*(tmp_path / "plain").iterdir()]) == (2, "", [])


def test_a_folder_that_is_not_there(prooflane):
    done = prooflane("sync", "none")
    hint = "hint: name the folder of a repository\n"
    assert (done.status, done.err) == (2, f"error: there is no folder 'none'\n{hint}")


def test_a_repository_without_a_commit(prooflane, git, tmp_path):
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "--quiet")
    done = prooflane("sync", "empty")
    message = f"error: {str(tmp_path / 'empty')!r} has no commit yet\n"
    assert (done.status, done.err) == (2, f"{message}hint: git add --all && git commit\n")


def test_a_repository_without_an_answers_file(refuses, made, commit):
    commit(made, {".copier-answers.yml": None})
    refuses(
        f"{str(made)!r} has no .copier-answers.yml: no template made it",
        "prooflane new makes a repository that has one",
    )


def test_a_repository_made_from_two_templates(refuses, made, commit):
    text = (made / ".copier-answers.yml").read_text()
    names = (".copier-answers.a.yml", ".copier-answers.b.yml")
    commit(made, {".copier-answers.yml": None, **dict.fromkeys(names, text)})
    refuses(
        f"{str(made)!r} was made from several templates: {', '.join(names)}",
        "copier update --answers-file FILE updates one of them",
    )


def test_answers_that_do_not_say_which_version(refuses, made, commit, source):
    commit(made, {".copier-answers.yml": f"_src_path: {source}\nname: demo\n"})
    refuses(
        ".copier-answers.yml does not record '_commit'",
        "git log -p .copier-answers.yml shows what it was",
    )


def test_answers_that_are_no_mapping(refuses, made, commit):
    commit(made, {".copier-answers.yml": "- a\n"})
    refuses(
        ".copier-answers.yml is not a mapping of names to values",
        "write plain lines: `name: value`",
    )


def test_an_unknown_commit(refuses, made, commit, source):
    text = (made / ".copier-answers.yml").read_text()
    commit(made, {".copier-answers.yml": text.replace("v1.0.0", "v0.9.0")})
    refuses(
        f"the template {str(source)!r} has no commit 'v0.9.0'",
        "--template names a clone of the template that has it",
    )


def test_an_unknown_version(refuses, source):
    message = f"the template {str(source)!r} has no version 'v9'"
    refuses(message, "its tags: v1.0.0, v2.0.0", "--to", "v9")


def test_a_base_that_is_not_reproducible(refuses, made, commit):
    text = (made / ".copier-answers.yml").read_text()
    commit(made, {".copier-answers.yml": text.replace("name: demo", "name: edited")})
    refuses(
        "the base is not reproducible: v1.0.0 with the answers of .copier-answers.yml gives "
        "another tree than .prooflane.lock records",
        "undo edits of .copier-answers.yml and use --set; without .prooflane.lock it is not proved",
    )


def test_a_downgrade(prooflane, refuses, made, git):
    prooflane("sync", "--quiet", cwd=made)
    git(made, "commit", "--quiet", "--message", "Sync")
    refuses(
        "v1.0.0 is older than v2.0.0, which this repository is at",
        "take a sync back with git revert of its commit",
        *("--to", "v1.0.0"),
    )


def test_a_new_question_that_nobody_answered(refuses, source, commit):
    questions = (source / "copier.yml").read_text()
    commit(source, {"copier.yml": f"{questions}region: {{type: str}}\n"}, "v3.0.0")
    refuses("question 'region' has no answer", "--set region=...")


def test_an_answer_that_the_template_does_not_know(refuses):
    refuses("unknown answer 'nme'", "did you mean 'name'?", "--set", "nme=x")


def test_a_tier_that_the_template_does_not_have(refuses):
    refuses("tier 4 is not offered", "choose one of 0, 1", "--set", "tier=4")


def test_a_template_that_is_out_of_reach(refuses, source):
    source.rename(source.with_name("moved"))
    refuses(f"there is no template at {str(source)!r}", "--template takes a git folder or a URL")


def test_a_template_that_the_user_does_not_trust(refuses, source, tmp_path):
    settings = tmp_path / "home/.config/prooflane/config.yaml"
    settings.unlink()
    refuses(
        f"the recorded template {str(source)!r} is not one that you trust",
        f"--template {source} trusts it for this call, a line under templates: in "
        f"{str(settings)!r} for good",
    )


def test_an_index_with_conflicts(refuses, made, commit, git):
    git(made, "checkout", "--quiet", "-b", "other")
    commit(made, {"prompts/answer.md": "One.\n"})
    git(made, "checkout", "--quiet", "main")
    commit(made, {"prompts/answer.md": "Two.\n"})
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *ada, "merge", "other"], cwd=made, check=False, capture_output=True)
    refuses(
        "'prompts/answer.md' is in conflict",
        "git mergetool, then git commit; or give up: git reset --merge",
    )


def test_a_shallow_clone(prooflane, made, commit, git, tmp_path):
    commit(made, {"prompts/answer.md": "Mine.\n"})
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{made}", "shallow")
    done = prooflane("sync", "shallow")
    message = f"error: {str(tmp_path / 'shallow')!r} is a shallow clone\n"
    assert (done.status, done.err) == (2, f"{message}hint: git fetch --unshallow\n")
    assert git(tmp_path / "shallow", "status", "--short") == ""


def test_a_partial_clone(prooflane, made, git, tmp_path):
    git(made, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{made}", "partial")
    done = prooflane("sync", "partial")
    message = f"error: {str(tmp_path / 'partial')!r} is a partial clone\n"
    assert (done.status, done.err) == (2, f"{message}hint: clone it again without --filter\n")
    assert git(tmp_path / "partial", "status", "--short") == ""


def test_a_repository_whose_objects_have_longer_names(prooflane, git, commit, tmp_path):
    (tmp_path / "long").mkdir()
    git(tmp_path / "long", "init", "--quiet", "--object-format=sha256")
    commit(tmp_path / "long", {".copier-answers.yml": "_commit: v1\n"})
    done = prooflane("sync", "long")
    where = str(tmp_path / "long")
    message = f"error: {where!r} names its objects by SHA-256, and sync knows SHA-1\n"
    assert (done.status, done.err) == (2, f"{message}hint: copier update knows both\n")


def test_a_template_whose_objects_have_longer_names(refuses, git, commit, tmp_path):
    (tmp_path / "long").mkdir()
    git(tmp_path / "long", "init", "--quiet", "--object-format=sha256")
    commit(tmp_path / "long", {"copier.yml": "{}\n"}, "v3.0.0")
    refuses(
        f"the template {str(tmp_path / 'long')!r} names its objects by SHA-256",
        "prooflane takes templates with SHA-1",
        *("--template", tmp_path / "long"),
    )


def test_a_template_that_is_a_file_and_no_bundle(refuses, tmp_path):
    (tmp_path / "no.bundle").write_text("nothing\n")
    refuses(
        f"the template {str(tmp_path / 'no.bundle')!r} cannot be read: "
        f"invalid gitfile format: {tmp_path / 'no.bundle'}",
        "a file must be a bundle: git bundle create FILE HEAD --tags",
        *("--template", tmp_path / "no.bundle"),
    )


def test_a_lock_that_was_edited_by_hand(refuses, made, commit):
    text = (made / ".prooflane.lock").read_text()
    commit(made, {".prooflane.lock": text.replace('"v1.0.0", state', '"v2.0.0", state')})
    refuses(
        ".prooflane.lock was edited by hand",
        "git log -p .prooflane.lock shows how: restore it, or remove it, and the next sync writes "
        "it anew",
    )


@pytest.mark.parametrize(
    "case",
    [
        ("controls/log.py", False, "'controls/log.py' has changes"),
        ("controls/log.py", True, "'controls/log.py' has changes"),
        ("controls/new.py", False, "'controls/new.py' has changes"),
        ("controls/new.py/x", False, "'controls/new.py' has changes"),
    ],
    ids=["edited", "staged", "that git does not know", "taken by a folder"],
)
def test_a_file_with_changes_where_the_sync_writes(case, refuses, made, git):
    path, is_staged, message = case
    (made / path).parent.mkdir(exist_ok=True)
    (made / path).write_text("mine\n")
    if is_staged:
        git(made, "add", path)
    refuses(
        f"{message} that are not committed, where the sync writes",
        "commit or stash them: git stash --include-untracked",
    )


def test_two_files_with_changes_where_the_sync_writes(refuses, made):
    for path in ("controls/log.py", "settings.yaml"):
        (made / path).write_text("mine\n")
    refuses(
        "'controls/log.py', 'settings.yaml' have changes that are not committed, where the sync "
        "writes",
        "commit or stash them: git stash --include-untracked",
    )


def test_an_index_that_another_git_holds(prooflane, made, listing):
    (made / ".git/index.lock").write_text("")
    before = listing(made)
    done = prooflane("sync", cwd=made)
    assert done.status == 2
    assert done.err == (
        f"error: another git process holds {str(made / '.git/index.lock')!r}\n"
        "hint: wait for it, or remove the file when no git runs, then run this again\n"
    )
    assert listing(made) == before
    assert not (made / ".git/prooflane").exists()


def test_an_answer_without_a_value(refuses):
    refuses("--set needs KEY=VALUE, got 'tier'", "--set team=support", "--set", "tier")


def test_an_unknown_option(refuses):
    refuses("unrecognized arguments: --plann", "prooflane sync --help", "--plann")


def test_a_folder_of_git_that_cannot_be_written(prooflane, made, listing):
    # a folder in the place of the file that a sync holds: permissions do not stop root
    (made / ".git/prooflane.lock").mkdir(exist_ok=True)
    before = listing(made)
    done = prooflane("sync", cwd=made)
    message = f"error: {str(made / '.git')!r} cannot be written: is a directory\n"
    assert (done.status, done.err) == (2, f"{message}hint: make it writable, or make room\n")
    assert listing(made) == before


def test_a_plan_while_an_interrupted_sync_is_left_to_finish(prooflane, made, listing):
    (made / ".git/prooflane").mkdir()
    (made / ".git/prooflane/journal.json").write_text("{}")
    before = listing(made)
    done = prooflane("sync", "--plan", cwd=made)
    assert (done.status, done.out) == (2, "")
    assert done.err == ("error: a sync was interrupted here\nhint: prooflane sync finishes it\n")
    assert listing(made) == before
