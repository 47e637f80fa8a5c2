"""The template that a repository records: trusted, found, and never fetched for a stranger."""

import subprocess
from pathlib import Path

import pytest

from prooflane.errors import ProoflaneError
from prooflane.source import find, own, signature, trust
from prooflane.source.trust import Trust

CANONICAL = "https://github.com/prooflane/prooflane.git"


@pytest.fixture(autouse=True)
def home(environment, monkeypatch, tmp_path):
    """Make this process one of a fresh machine."""
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def settings(home):
    """Return a function that writes the user's settings."""

    def write(text):
        path = home / ".config/prooflane/config.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def refusal(call, *args):
    with pytest.raises(ProoflaneError) as refused:
        call(*args)
    assert refused.value.status == 2
    return refused.value.message, refused.value.hint


def test_an_address_that_nobody_listed_is_refused(home):
    url = "https://git.example.com/stranger/template.git"
    assert refusal(find.recorded, url, None, None) == (
        f"the recorded template {url!r} is not one that you trust",
        (
            f"--template {url} trusts it for this call, a line under templates: in"
            f" '{home}/.config/prooflane/config.yaml' for good"
        ),
    )
    assert not (home / "cache").exists()


def test_a_folder_that_nobody_listed_is_refused_too(template):
    source = str(template())
    message, _ = refusal(find.recorded, source, None, None)
    assert message == f"the recorded template {source!r} is not one that you trust"


def test_a_listed_template_is_found(template, settings):
    source = template()
    settings(f"templates:\n- {source}\n")
    found = find.recorded(str(source), None, None)
    assert (found.url, found.version) == (str(source), "v1.0.0")


def test_a_template_that_is_named_is_trusted_for_this_call(template):
    source = template()
    stranger = "https://git.example.com/stranger/template.git"
    found = find.recorded(stranger, str(source), None)
    assert (found.url, found.version) == (str(source), "v1.0.0")


@pytest.mark.parametrize("template", ["../source", "source", "./source"])
def test_a_relative_path_in_the_answers_is_refused(template):
    assert refusal(find.recorded, template, None, None) == (
        f"the recorded template {template!r} is a relative path",
        f"--template {template}",
    )


@pytest.mark.parametrize(
    ("listed", "url", "is_covered"),
    [
        ("https://git.example.com/acme/", "https://git.example.com/acme/one.git", True),
        ("https://git.example.com/acme/", "https://git.example.com/acme-evil/one.git", False),
        ("https://git.example.com/acme/", "https://git.example.com/acme/../evil/one", False),
        ("https://git.example.com/acme/", "https://git.example.com/acme/%2e%2E/evil/one", False),
        ("https://git.example.com/acme/", "https://git.example.com/acme/..%2fevil/one", False),
        ("https://git.example.com/acme", "https://git.example.com/acme/one.git", False),
        ("https://git.example.com/acme/one", "https://git.example.com/acme/one.git", True),
        ("gh:acme/one", "https://github.com/acme/one.git", True),
        ("https://github.com/acme/one", "gh:acme/one", True),
        ("https://github.com/acme/", "gh:acme/one", True),
        ("git@git.example.com:acme/", "git@git.example.com:acme/one.git", True),
        ("/srv/templates/", "/srv/templates/one", True),
        ("/srv/templates/", "/srv/templates/../../etc", False),
    ],
    ids=[
        "below a prefix",
        "beside a prefix",
        "that climbs out of a prefix",
        "that climbs by another spelling",
        "that climbs by a slash that is spelled",
        "below an address without a slash",
        "with and without .git",
        "listed in short",
        "recorded in short",
        "recorded in short, below a prefix",
        "by ssh",
        "a folder below a prefix",
        "a folder that climbs",
    ],
)
def test_the_list_covers(listed, url, is_covered):
    assert Trust((listed,)).covers(url) is is_covered


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("templates: x\n", "templates of {} is not a list of addresses", "- https://.../"),
        ("template: [x]\n", "{} have an unknown 'template'", "they have templates, signers"),
        ("signers: [x]\n", "signers of {} is not a path", "signers: allowed_signers"),
        ("a: &a [x]\nb: *a\n", "{} uses the alias 'a'", "write the value out"),
    ],
    ids=["no list", "an unknown key", "no path", "an alias"],
)
def test_malformed_settings_are_one_sentence(text, message, hint, settings):
    path = settings(text)
    assert refusal(trust.load) == (message.format(f"the settings {str(path)!r}"), hint)


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c 'touch owned'",
        "ext::https://git.example.com/x",
        "fd::17/foo",
        "ftp://git.example.com/x",
        "javascript://x",
    ],
)
def test_an_address_of_a_kind_that_runs_something_is_refused(url, settings):
    settings(f'templates: ["{url}"]\n')
    message = f"the template's address {url!r} is of a kind that is never fetched"
    hint = "use https, ssh, git, file or a folder"
    assert refusal(find.find, url, None) == (message, hint)
    assert refusal(find.recorded, url, None, None)[0].startswith("the ")
    assert not Path("owned").exists()


@pytest.mark.parametrize(
    "url",
    [
        CANONICAL,
        "https://github.com/prooflane/prooflane",
        "git+https://github.com/prooflane/prooflane.git",
        "gh:prooflane/prooflane",
        "git@github.com:prooflane/prooflane.git",
    ],
)
def test_our_own_template_is_known_in_every_spelling_and_never_fetched(url, home):
    found = find.recorded(url, None, "HEAD")
    assert (found.url, found.is_ours) == (url, True)
    assert not (home / "cache/prooflane/templates").exists()


@pytest.mark.parametrize(
    "url", ["https://github.com/prooflane/prooflane-evil", "https://evil.example/prooflane.git"]
)
def test_an_address_that_looks_like_ours_is_a_strangers(url):
    assert not own.is_canonical(url)


def test_the_old_version_is_found_by_tag_by_distance_and_by_commit(template, git):
    source = template()
    first = git(source, "rev-parse", "HEAD")
    (source / "new").write_text("")
    git(source, "add", "--all")
    git(source, "commit", "-qm", "New")
    second = git(source, "rev-parse", "HEAD")
    found = find.find(str(source), "v1.0.0")
    assert find.at(found, "v1.0.0") == first
    assert find.at(found, git(source, "describe", "--tags")) == second
    assert find.at(found, second[:9]) == second
    assert find.at(found, "gone", second) == second


@pytest.mark.parametrize(
    "version", ["v9", "../../etc/passwd", "--upload-pack=x", ":/Template", "HEAD@{1}", "v1.0.0^{}"]
)
def test_a_version_that_is_not_there_is_one_sentence(version, template):
    source = template()
    found = find.find(str(source), "v1.0.0")
    assert refusal(find.at, found, version) == (
        f"the template {str(source)!r} has no commit {version!r}",
        "--template names a clone of the template that has it",
    )


def test_a_shallow_clone_of_the_template_says_so(template, git, tmp_path):
    source = template()
    (source / "new").write_text("")
    git(source, "add", "--all")
    git(source, "commit", "-qm", "New")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{source}", "shallow")
    found = find.find(str(tmp_path / "shallow"), "HEAD")
    assert refusal(find.at, found, "v1.0.0")[1] == (
        "the template's clone is shallow: git fetch --unshallow --tags"
    )


def release(source, git, name, **changed):
    """Commit a release record, and return the commit."""
    (source / "CHANGES").write_text(name)
    git(source, "add", "--all")
    facts = {"version": name, "tree": git(source, "write-tree")}
    facts |= {"parent": git(source, "rev-parse", "HEAD")} | changed
    (source / "releases").mkdir(exist_ok=True)
    record = "".join(f"{key}: {value}\n" for key, value in facts.items())
    (source / f"releases/{name}.yaml").write_text(record)
    git(source, "add", "--all")
    git(source, "commit", "-qm", name)
    return git(source, "rev-parse", "HEAD")


def test_release_records_are_versions_where_there_are_no_tags(template, git):
    source = template(tag=None)
    first = release(source, git, "v1.0.0")
    second = release(source, git, "v1.1.0")
    (source / "more").write_text("")
    git(source, "add", "--all")
    git(source, "commit", "-qm", "More")
    newest = find.find(str(source), None)
    assert (newest.version, newest.commit) == ("v1.1.0", second)
    older = find.find(str(source), "v1.0.0")
    assert (older.version, older.commit) == ("v1.0.0", first)
    assert find.at(newest, "v1.0.0") == first


def test_tags_count_before_records(template, git):
    source = template()
    release(source, git, "v9.0.0")
    assert find.find(str(source), None).version == "v1.0.0"


@pytest.mark.parametrize(
    ("changed", "message", "hint"),
    [
        (
            {"tree": "f" * 40},
            "the template's release record 'releases/v1.0.0.yaml' matches no commit",
            "its history was rewritten: fetch the tags",
        ),
        (
            {"parent": "f" * 40},
            "the template's release record 'releases/v1.0.0.yaml' matches no commit",
            "its history was rewritten: fetch the tags",
        ),
        (
            {"version": "v2.0.0"},
            (
                "the template's release record 'releases/v1.0.0.yaml' does not name its version,"
                " tree and parent"
            ),
            "tell whoever maintains the template",
        ),
        (
            {"tree": "HEAD"},
            (
                "the template's release record 'releases/v1.0.0.yaml' does not name its version,"
                " tree and parent"
            ),
            "tell whoever maintains the template",
        ),
    ],
    ids=["of another tree", "of another parent", "of another version", "of no tree"],
)
def test_a_record_that_does_not_hold_is_refused(changed, message, hint, template, git):
    source = template(tag=None)
    (source / "CHANGES").write_text("x")
    release(source, git, "v1.0.0", **changed)
    assert refusal(find.find, str(source), "v1.0.0") == (message, hint)


@pytest.fixture
def signed(template, git, tmp_path, settings):
    """Return a template whose v1.1.0 ada signed and whose v1.2.0 mallory did, and the settings."""
    source = template()
    for name, tag in (("ada", "v1.1.0"), ("mallory", "v1.2.0")):
        key = tmp_path / f"home/{name}"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)]
        subprocess.run(command, check=True)
        (source / name).write_text("")
        git(source, "add", "--all")
        git(source, "commit", "-qm", name)
        ssh = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
        git(source, *ssh, "tag", "-s", "-m", tag, tag)
    public = (tmp_path / "home/ada.pub").read_text()
    path = settings(f"templates: [{source}]\nsigners: allowed_signers\n")
    (path.parent / "allowed_signers").write_text(f"ada@example.com {public}")
    return source


def test_a_signature_of_somebody_listed_names_its_signer(signed):
    found = find.recorded(str(signed), None, "v1.1.0")
    assert signature.judge(found, 3) == ("ada@example.com", ())


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        ("v1.0.0", "the template's version 'v1.0.0' is not signed"),
        ("v1.2.0", "the template's version 'v1.2.0' is signed by nobody you listed"),
    ],
    ids=["plain tag", "signed by a stranger"],
)
def test_tiers_3_and_4_refuse_what_others_note(version, lacks, signed, home):
    found = find.recorded(str(signed), None, version)
    assert signature.judge(found, 2) == ("", (lacks,))
    for tier in (3, 4):
        assert refusal(signature.judge, found, tier) == (
            f"tier {tier} takes signed versions only: {lacks}",
            (
                "name the file of allowed signers in"
                f" '{home}/.config/prooflane/config.yaml': signers: FILE"
            ),
        )


def test_a_commit_between_releases_is_not_signed(signed, git):
    git(signed, "commit", "-q", "--allow-empty", "-m", "Later")
    found = find.recorded(str(signed), None, "HEAD")
    assert signature.of(found).lacks == (f"the template's version {found.version!r} is not signed")


def test_a_signed_tag_under_another_name_is_the_version_that_was_signed(signed, git):
    git(signed, "update-ref", "refs/tags/v9.0.0", git(signed, "rev-parse", "v1.1.0"))
    found = find.recorded(str(signed), None, "v9.0.0")
    assert found.version == "v1.1.0"
    assert signature.of(found).signer == "ada@example.com"


def test_a_tag_that_was_altered_does_not_count(signed, git, tmp_path):
    body = git(signed, "cat-file", "tag", "v1.1.0").replace("Ada Lovelace", "Eve Lovelace")
    (tmp_path / "tag").write_text(body + "\n")
    forged = git(signed, "hash-object", "-t", "tag", "-w", str(tmp_path / "tag"))
    git(signed, "update-ref", "refs/tags/v1.1.0", forged)
    found = find.recorded(str(signed), None, "v1.1.0")
    lacks = "the template's version 'v1.1.0' is signed by nobody you listed"
    assert signature.of(found) == signature.Signature("", lacks)


def test_a_signature_is_verified_once(signed, home, monkeypatch):
    found = find.recorded(str(signed), None, "v1.1.0")
    assert signature.of(found).signer == "ada@example.com"
    (home / "bin").mkdir()
    fail = home / "bin/ssh-keygen"
    fail.write_text("#!/bin/sh\nexit 1\n")
    fail.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}/bin:/usr/bin:/bin")
    assert signature.of(found).signer == "ada@example.com"
    with (home / ".config/prooflane/allowed_signers").open("a") as signers:
        signers.write("\n")
    assert signature.of(found).signer == ""


def test_programs_that_the_templates_own_settings_name_do_not_run(signed, git, tmp_path):
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\nexit 0\n")
    evil.chmod(0o755)
    settings = ("gpg.program", "gpg.ssh.program", "gpg.openpgp.program", "core.sshCommand")
    for key in (*settings, "core.fsmonitor", "gpg.ssh.defaultKeyCommand", "core.pager"):
        git(signed, "config", key, str(evil))
    git(signed, "config", "gpg.ssh.allowedSignersFile", str(tmp_path / "home/mallory.pub"))
    for version in ("v1.0.0", "v1.1.0", "v1.2.0"):
        signature.of(find.recorded(str(signed), None, version))
    assert not (tmp_path / "owned").exists()


def test_a_file_of_signers_that_is_not_there_is_one_sentence(signed, home):
    listed = home / ".config/prooflane/allowed_signers"
    listed.unlink()
    found = find.recorded(str(signed), None, "v1.1.0")
    assert refusal(signature.of, found) == (
        f"the file of signers {str(listed)!r} cannot be read: no such file or directory",
        f"'{home}/.config/prooflane/config.yaml' names it",
    )
