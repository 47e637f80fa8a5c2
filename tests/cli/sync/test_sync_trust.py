"""Whom a sync believes: a trusted template, a signature where the tier asks for it, nobody else."""

import subprocess
from pathlib import Path

import pytest
import yaml

MAINTAINER = "hint: tell whoever maintains the template\n"


@pytest.fixture
def refuses(prooflane, made, state):
    """Return what runs `sync`, and checks the sentence and that nothing was touched."""

    def check(message, *args, hint=None, repo=made):
        before = state(repo)
        done = prooflane("sync", repo, "--yes", *args)
        assert (done.status, done.out) == (2, "")
        said, *hints = done.err.splitlines(keepends=True)
        assert said == f"error: {message}\n"
        assert hint is None or hints == [hint]
        assert state(repo) == before

    return check


def settings(tmp_path, text):
    path = tmp_path / "home/.config/prooflane/config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def record(made, commit, **facts):
    """Commit an answers file in which some facts are others."""
    path = made / ".copier-answers.yml"
    commit(made, {".copier-answers.yml": yaml.safe_dump(yaml.safe_load(path.read_text()) | facts)})


def test_a_recorded_template_that_nobody_listed_is_not_fetched(refuses, source, tmp_path):
    settings(tmp_path, "templates: [https://git.example.com/acme/]\n")
    refuses(f"the recorded template {str(source)!r} is not one that you trust")
    assert not (tmp_path / "home/cache").exists()


def test_an_explicit_template_is_trusted_for_one_call(prooflane, made, source, tmp_path, git):
    settings(tmp_path, "templates: []\n")
    assert prooflane("sync", made, "--template", source, "--quiet").status == 0
    git(made, "commit", "-qam", "Synced")
    assert prooflane("sync", made).status == 2


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% owned",
        "https://git.example.com/stranger.git",
        "../source",
        "--upload-pack=touch owned",
        "/etc",
    ],
)
def test_an_address_of_a_stranger(url, prooflane, made, commit, state):
    record(made, commit, _src_path=url)
    before = state(made)
    done = prooflane("sync", made)
    assert (done.status, "Traceback" in done.err) == (2, False)
    assert state(made) == before
    assert not Path("owned").exists()


@pytest.mark.parametrize("version", ["--output=owned", "v1.0.0^{tree}", ":/x", "..", "a" * 300])
def test_a_version_of_a_stranger(version, prooflane, made, commit, state):
    record(made, commit, _commit=version)
    before = state(made)
    done = prooflane("sync", made)
    assert (done.status, done.err.count("\n")) == (2, 2)
    assert state(made) == before


def test_a_commit_whose_id_is_all_digits_is_no_version(prooflane, source, commit, git, tmp_path):
    tree, parent = git(source, "rev-parse", "v1.0.0^{tree}"), git(source, "rev-parse", "v1.0.0")
    made = (git(source, "commit-tree", "-p", parent, "-m", str(n), tree) for n in range(2000))
    digits = next(id_ for id_ in made if id_[:7].isdigit())
    git(source, "reset", "-q", "--hard", digits)
    git(source, "tag", "-d", "v1.0.0", "v2.0.0")
    options = ("--template", source, "--to", "HEAD", "--defaults", "--no-verify")
    assert prooflane("new", "digits", *options).status == 0
    recorded = yaml.safe_load((tmp_path / "digits/.copier-answers.yml").read_text())
    assert recorded["_commit"].isdigit()
    commit(source, {"template/controls/log.py": "LEVEL = 3\n"}, "v2.0.0")
    assert prooflane("sync", "digits", "--template", source, "--yes").status == 0
    assert (tmp_path / "digits/controls/log.py").read_text() == "LEVEL = 3\n"


def test_answers_that_are_a_bomb(refuses, made, commit):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    commit(made, {".copier-answers.yml": "\n".join(lines)})
    refuses(".copier-answers.yml uses the alias 'a0'", hint="hint: write the value out\n")


def test_answers_that_are_gigantic(refuses, made, commit):
    commit(made, {".copier-answers.yml": "#" * 70_000})
    refuses(".copier-answers.yml is larger than 64 KiB", hint="hint: keep it short\n")


def test_answers_that_are_a_link(prooflane, made, git, state):
    (made / ".copier-answers.yml").unlink()
    (made / ".copier-answers.yml").symlink_to("/etc/passwd")
    git(made, "commit", "-qam", "A link")
    before = state(made)
    done = prooflane("sync", made)
    assert (done.status, "root:" in done.err, "Traceback" in done.err) == (2, False, False)
    assert state(made) == before


HOSTILE = {
    "a link that leads out": (
        {"copier.yml": "_preserve_symlinks: true\n"},
        "the template's link 'out' leaves the project",
    ),
    "a path that leads out": (
        {"copier.yml": "up: {default: ../x, when: false}\n", "template/{{ up }}": "1"},
        "the template writes outside the project: '../x'",
    ),
    "a file of git's own": (
        {"copier.yml": "up: {default: .git/hooks/x, when: false}\n", "template/{{ up }}": "1"},
        "the template writes outside the project: '.git/hooks/x'",
    ),
    "a text of gigabytes": (
        {"template/bomb.jinja": "{{ 'a' * 10 ** 10 }}"},
        "the template's file 'template/bomb.jinja' fails: the result of '*' would be gigantic",
    ),
}


@pytest.mark.parametrize(("files", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_release_that_became_hostile(files, message, refuses, source, commit):
    if "link" in message:
        (source / "template/out").symlink_to("../../etc/passwd")
    text = files.get("copier.yml", "") + (source / "copier.yml").read_text()
    commit(source, {**files, "copier.yml": text}, "v3.0.0")
    refuses(message, hint=MAINTAINER)


def test_a_folder_that_is_a_link_is_never_written_through(prooflane, made, git, tmp_path, listing):
    outside = tmp_path / "outside"
    (made / "controls").rename(outside)
    (made / "controls").symlink_to(outside)
    git(made, "add", "--all")
    git(made, "commit", "-qm", "A link")
    before = listing(outside)
    done = prooflane("sync", made, "--yes")
    assert "Traceback" not in done.err
    assert listing(outside) == before


def test_hooks_filters_and_settings_of_the_repository_do_not_run(prooflane, made, git, tmp_path):
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\n")
    evil.chmod(0o755)
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        (made / ".git/hooks").mkdir(exist_ok=True)
        (made / f".git/hooks/{hook}").symlink_to(evil)
    for key in ("core.fsmonitor", "core.sshCommand", "gpg.program", "diff.external", "core.editor"):
        git(made, "config", key, str(evil))
    (tmp_path / "owned").unlink(missing_ok=True)
    assert prooflane("sync", made, "--yes").status == 0
    assert not (tmp_path / "owned").exists()


# signatures ---------------------------------------------------------------------------------------


@pytest.fixture
def signing(source, git, tmp_path):
    """Return a function that signs a tag anew as ada, whom the user lists as a signer."""
    key = tmp_path / "home/ada"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(key)]
    subprocess.run(command, check=True)
    settings(tmp_path, f"templates: [{str(source)!r}]\nsigners: allowed_signers\n")
    signers = tmp_path / "home/.config/prooflane/allowed_signers"
    signers.write_text(f"ada@example.com {key.with_suffix('.pub').read_text()}")

    def sign(tag):
        ssh = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
        git(source, *ssh, "tag", "--force", "-s", "-m", tag, tag, f"{tag}^{{commit}}")

    return sign


def test_the_lock_names_who_signed_the_version(prooflane, made, signing):
    signing("v2.0.0")
    done = prooflane("sync", made, "--yes")
    assert (done.status, done.err) == (0, ""), done.err
    assert yaml.safe_load((made / ".prooflane.lock").read_text())["template"]["signer"] == (
        "ada@example.com"
    )


def test_whoever_lists_signers_is_told_of_what_is_not_signed(prooflane, made, signing):
    signing("v1.0.0")
    done = prooflane("sync", made, "--yes")
    note = "note: the template's version 'v2.0.0' is not signed\n"
    assert (done.status, done.err) == (0, note)
    assert yaml.safe_load((made / ".prooflane.lock").read_text())["template"]["signer"] == ""


@pytest.fixture
def regulated(source, commit):
    """Add a release that has a tier 3."""
    text = (source / "copier.yml").read_text().replace("choices: [0, 1]", "choices: [0, 1, 3]")
    catalogue = (source / "template/controls/catalogue.yaml").read_text()
    tier = "  - {tier: 3, name: regulated, example: x, approval: board, costs: much}\nfloor:"
    changed = catalogue.replace("floor:", tier).replace("tiers: [0, 1]", "tiers: [0, 1, 3]")
    files = {"copier.yml": text, "template/controls/catalogue.yaml": changed}
    commit(source, files, "v3.0.0")


@pytest.mark.usefixtures("regulated")
def test_a_new_repository_of_tier_3_takes_signed_versions_only(
    signing, source, prooflane, tmp_path
):
    new = ("new", "regulated", "--template", source, "--defaults", "--tier", "3", "--no-verify")
    done = prooflane(*new)
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        "error: tier 3 takes signed versions only: the template's version 'v3.0.0' is not signed",
    )
    assert not (tmp_path / "regulated").exists()
    signing("v3.0.0")
    assert prooflane(*new).status == 0
    locked = yaml.safe_load((tmp_path / "regulated/.prooflane.lock").read_text())
    assert locked["template"]["signer"] == "ada@example.com"


@pytest.mark.usefixtures("regulated")
def test_our_own_address_is_no_signature(source, prooflane, tmp_path):
    url = "https://github.com/prooflane/prooflane.git"
    there = {"GIT_CONFIG_KEY_0": f"url.{source}.insteadOf", "GIT_CONFIG_VALUE_0": url}
    options = ("--template", url, "--defaults", "--tier", "3", "--no-verify")
    done = prooflane("new", "fetched", *options, GIT_CONFIG_COUNT="1", **there)
    assert done.err.startswith("error: tier 3 takes signed versions only: the template's version")
    assert (done.status, (tmp_path / "fetched").exists()) == (2, False)


@pytest.mark.usefixtures("regulated")
def test_tier_3_takes_signed_versions_only(refuses, signing, prooflane, made, tmp_path):
    refuses(
        "tier 3 takes signed versions only: the template's version 'v3.0.0' is not signed",
        *("--set", "tier=3"),
        hint=(
            "hint: name the file of allowed signers in "
            f"'{tmp_path}/home/.config/prooflane/config.yaml': signers: FILE\n"
        ),
    )
    signing("v3.0.0")
    done = prooflane("sync", made, "--yes", "--set", "tier=3")
    assert done.status == 0, done.err
