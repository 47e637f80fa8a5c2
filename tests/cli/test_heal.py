"""`prooflane check --heal`: managed files come back, and what was edited is kept."""

import os
import pty
import shutil
import subprocess
import sys
import time

import pytest


@pytest.fixture
def made(governed):
    """Return a repository of tier 2."""
    return governed


@pytest.fixture
def heal(prooflane, template_source, made):
    """Return a function that heals from the template, which nobody listed as trusted."""
    return lambda *args: prooflane("check", made, "--heal", "--template", template_source, *args)


def append(path, text="# mine\n"):
    with path.open("a") as file:
        file.write(text)


def patch(made):
    [found] = (made / "decisions").glob("*.patch")
    return found


def test_edits_are_undone_and_kept_as_a_patch_that_brings_them_back(heal, made, git, listing):
    append(made / "controls/cli.py")
    (made / "controls/mine").mkdir()
    (made / "controls/mine/rule.py").write_text("mine\n")
    (made / "controls/logo.png").write_bytes(bytes(range(256)))
    (made / "controls/paint.py").chmod(0o755)
    edited = listing(made)
    done = heal("--yes")
    assert (done.status, done.err.splitlines()) == (
        0,
        [
            "restore controls/cli.py",
            "remove  controls/logo.png",
            "remove  controls/mine/rule.py",
            "restore controls/paint.py",
            f"keep    what was there: git apply decisions/{patch(made).name}",
        ],
    )
    assert git(made, "status", "--porcelain") == f"?? decisions/{patch(made).name}"
    git(made, "apply", str(patch(made)))
    patch(made).unlink()
    assert listing(made) == edited


def test_what_was_committed_is_healed_too(heal, made, git):
    append(made / "controls/cli.py")
    git(made, "commit", "-qam", "An edit that should not be")
    assert heal("--yes").status == 0
    assert git(made, "diff", "--name-only", "HEAD~") == ""


def test_missing_files_and_lists_come_back_and_need_no_patch(heal, made, git):
    (made / "controls/paint.py").unlink()
    (made / "controls/managed/github.sha256").unlink()
    shutil.rmtree(made / "controls/secrets")
    done = heal("--yes")
    assert (done.status, git(made, "status", "--porcelain")) == (0, "")
    assert list((made / "decisions").glob("*.patch")) == []


def test_a_digest_that_was_changed_with_its_file_does_not_pass_for_the_templates(heal, made, git):
    append(made / "controls/cli.py")
    listed = made / "controls/managed/base.sha256"
    digest = subprocess.run(
        ["sha256sum", "controls/cli.py"], cwd=made, capture_output=True, text=True, check=True
    ).stdout
    lines = listed.read_text().splitlines(keepends=True)
    changed = (digest if line.endswith("  controls/cli.py\n") else line for line in lines)
    listed.write_text("".join(changed))
    assert heal("--yes").status == 0
    assert git(made, "status", "--porcelain") == f"?? decisions/{patch(made).name}"


def test_nothing_changes_without_consent(heal, made, listing):
    append(made / "controls/cli.py")
    before = listing(made)
    done = heal()
    assert done.status == 1
    assert done.err.splitlines()[-1] == "nothing was changed: --yes consents"
    assert listing(made) == before


@pytest.fixture
def start(made, template_source, environment):
    """Return a function that starts a healing, and gives the process."""
    command = [sys.executable, "-m", "prooflane", "check", str(made), "--heal"]
    options = ["--quiet", "--template", str(template_source)]

    def begin(*args, **files):
        return subprocess.Popen([*command, *options, *args], env=environment, **files)

    return begin


@pytest.mark.parametrize(("answer", "status"), [("n", 1), ("y", 0)])
def test_a_terminal_is_asked(answer, status, made, start):
    append(made / "controls/cli.py")
    ours, theirs = pty.openpty()
    child = start(stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"heal? [y/N] " not in said:
        said += os.read(ours, 1024)
    os.write(ours, f"{answer}\n".encode())
    assert child.wait(30) == status
    os.close(ours)
    assert len(list((made / "decisions").glob("*.patch"))) == (answer == "y")


def test_what_is_yours_and_what_is_merged_stays(heal, made, git):
    for name in ("README.md", "workflow/answer.py", "pyproject.toml"):
        append(made / name)
    before = git(made, "status", "--porcelain")
    assert heal("--yes").status == 0
    assert git(made, "status", "--porcelain") == before


def test_a_clean_repository_has_nothing_to_heal(heal, made, git):
    done = heal("--yes")
    assert (done.status, done.err, git(made, "status", "--porcelain")) == (0, "", "")


def test_a_link_is_replaced_without_touching_where_it_leads(heal, made, tmp_path):
    (tmp_path / "outside.py").write_text("outside\n")
    (made / "controls/cli.py").unlink()
    (made / "controls/cli.py").symlink_to(tmp_path / "outside.py")
    assert heal("--yes").status == 0
    assert not (made / "controls/cli.py").is_symlink()
    assert (tmp_path / "outside.py").read_text() == "outside\n"
    assert str(tmp_path / "outside.py") in patch(made).read_text()


def test_a_folder_that_became_a_link_is_refused(heal, made, tmp_path, listing):
    (made / "controls/secrets").rename(tmp_path / "outside")
    (made / "controls/secrets").symlink_to(tmp_path / "outside")
    (tmp_path / "outside/checks.py").write_text("outside\n")
    before = listing(made)
    done = heal("--yes")
    assert (done.status, done.err) == (
        2,
        (
            "error: 'controls/secrets' is a link, and healing would write where it leads\n"
            "hint: remove the link, then run this again: rm controls/secrets\n"
        ),
    )
    assert listing(made) == before
    assert (tmp_path / "outside/checks.py").read_text() == "outside\n"


def test_a_template_that_nobody_trusts_is_not_read(prooflane, made, template_source):
    append(made / "controls/cli.py")
    done = prooflane("check", made, "--heal", "--yes")
    assert done.status == 2
    assert done.err.startswith(
        f"error: the recorded template {str(template_source)!r} is not one that you trust\n"
        f"hint: --template {template_source} trusts it for this call"
    )


def test_a_version_that_the_template_does_not_have(heal, made, template_source):
    answers = made / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("v0.1.0", "v0.0.7"))
    done = heal("--yes")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        f"error: the template {str(template_source)!r} has no commit 'v0.0.7'",
    )


def test_killed_at_any_instant_nothing_is_lost_and_the_same_command_goes_on(
    heal, start, made, git, listing
):
    clean = listing(made)
    edited = sorted(path for path in clean if path.startswith("controls/") and path.endswith(".py"))
    for pause in (0.12, 0.16, 0.18, 0.2, 0.22, 0.25, 0.3):
        for path in edited:
            append(made / path)
        child = start("--yes", stderr=subprocess.DEVNULL)
        time.sleep(pause)
        child.kill()
        child.wait()
        kept = "".join(path.read_text() for path in (made / "decisions").glob("*.patch"))
        for path in edited:
            whole = (made / path).read_bytes()
            assert whole in {clean[path][1], clean[path][1] + b"# mine\n"}
            assert whole != clean[path][1] or f"a/{path} " in kept
        assert heal("--yes").status == 0
        git(made, "clean", "-qfd", "decisions")
        assert listing(made) == clean
