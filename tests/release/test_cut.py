"""`release cut`: refuses first, then record, channel and signed tag, in one step or not at all."""

import json
import shutil

import pytest
import yaml
from forks import catalogue

BOOK = "template/controls/catalogue.yaml"
LOG = {"template/controls/log.py": "LEVEL = 2\n"}
BLOCKS = {BOOK: catalogue(OWN_1={"mode": "block"})}


@pytest.fixture
def refs(git, fork):
    """Return a function that gives all refs of the fork, its files, and what is not committed."""

    def read():
        return git(fork, "show-ref"), git(fork, "ls-tree", "-r", "HEAD"), git(fork, "status", "-s")

    return read


def test_a_release_is_a_record_a_channel_and_a_signed_tag(cuts, changed, git, tmp_path):
    fork = changed(LOG)
    parent = git(fork, "rev-parse", "HEAD")
    cuts("v1.0.1", "--today", "2027-01-31", expected=0)
    record = yaml.safe_load((fork / "releases/v1.0.1.yaml").read_text())
    facts = {key: record[key] for key in ("version", "before", "level", "parent", "date")}
    assert facts == {
        "version": "v1.0.1",
        "before": "v1.0.0",
        "level": "patch",
        "parent": parent,
        "date": "2027-01-31",
    }
    assert record["controls"]["modes"] == {"OWN-1": "warn", "LOG-1": "block", "PRM-1": "block"}
    assert record["controls"]["changed"][0]["how"] == "controls/log.py"
    assert record["controls"]["floors"] == {"0": "1.0.0", "1": "1.0.0"}
    assert record["golden"]["verdicts"] == {"clean": 6}
    assert yaml.safe_load((fork / "channels.yaml").read_text()) == {"canary": "v1.0.1"}
    assert git(fork, "rev-parse", "v1.0.1^{commit}") == git(fork, "rev-parse", "main")
    assert git(fork, "rev-parse", "v1.0.1^") == parent
    assert git(fork, "status", "--short") == ""
    signers = tmp_path / "home/.config/prooflane/signers"
    git(fork, "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-tag", "v1.0.1")
    assert "## What you must do" in git(fork, "tag", "--list", "--format=%(contents)", "v1.0.1")
    git(fork, "fsck", "--strict")


def test_a_repository_takes_what_was_cut_and_names_who_signed(cuts, changed, prooflane, tmp_path):
    fork = changed(LOG)
    options = ("--template", fork, "--to", "v1.0.0", "--defaults", "--no-verify", "--quiet")
    prooflane("new", "made", *options, expected=0)
    cuts("v1.0.1", expected=0)
    done = prooflane("sync", "made", expected=0)
    assert "v1.0.0 → v1.0.1" in done.out
    locked = yaml.safe_load((tmp_path / "made/.prooflane.lock").read_text())
    assert locked["template"]["signer"] == "ada@example.com"


def test_a_clone_without_tags_knows_it_by_its_record(cuts, changed, git, prooflane, tmp_path):
    fork = changed(LOG)
    cuts("v1.0.1", expected=0)
    git(tmp_path, "clone", "-q", "--no-tags", str(fork), "clone")
    options = ("--template", "clone", "--defaults", "--no-verify", "--quiet")
    prooflane("new", "made", *options, expected=0)
    answers = yaml.safe_load((tmp_path / "made/.copier-answers.yml").read_text())
    assert answers["_commit"] == "v1.0.1"
    told = prooflane("release", "notes", "v1.0.1", "--template", "clone", expected=0)
    assert told.out.startswith("# v1.0.1\n\nPatch release after v1.0.0.\n")


def test_an_understated_version_is_refused(cuts, changed, refs):
    changed(BLOCKS)
    before = refs()
    done = cuts("v1.1.0")
    assert done.status == 1
    assert done.err.endswith(
        "error: v1.1.0 understates its effect: major, because OWN-1 turns block\n"
        "hint: prooflane release cut v2.0.0\n"
    )
    assert refs() == before
    assert cuts("v2.0.0").status == 0


def test_a_version_may_overstate(cuts, changed):
    changed(LOG)
    assert cuts("v3.0.0").status == 0


def test_red_checks_are_refused(cuts, changed, refs):
    changed({"template/prompts/answer.md": "Say nothing.\n"})
    before = refs()
    done = cuts("v9.0.0")
    assert done.status == 1
    assert "error: it must not be released: a new repository, support: PRM-1 " in done.err
    assert refs() == before


def test_a_plan_shows_what_would_be_written_and_writes_nothing(cuts, changed, refs, key):
    changed(LOG)
    before = refs()
    done = cuts("v1.0.1", "--plan", expected=0)
    *_, headline, _, record, channel, commit, tag, _, follows = done.out.splitlines()
    assert headline == "would cut v1.0.1"
    assert record.startswith("  + releases/v1.0.1.yaml  tree ")
    assert (channel, commit) == ("  ~ channels.yaml  canary v1.0.1", "  + a commit on main")
    assert (tag, follows) == (
        f"  + tag v1.0.1, signed with {key}",
        "the same command without --plan",
    )
    assert refs() == before


def test_a_release_moves_to_stable_later(cuts, changed, commit, git):
    fork = changed(LOG)
    cuts("v1.0.1", expected=0)
    commit(fork, {"NOTES.md": "more\n"})
    done = cuts("v1.0.1", "--channel", "stable", expected=0)
    assert done.out.splitlines()[0] == "v1.0.1 moved"
    channels = yaml.safe_load((fork / "channels.yaml").read_text())
    assert channels == {"canary": "v1.0.1", "stable": "v1.0.1"}
    assert git(fork, "log", "-1", "--format=%s") == "Stable is v1.0.1"
    done = cuts("v1.0.1", "--channel", "stable")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        "error: v1.0.1 is released, and stable is at it",
    )


def test_the_key_of_git_signs_where_none_is_named(changed, prooflane, key, git):
    fork = changed(LOG)
    git(fork, "config", "gpg.format", "ssh")
    git(fork, "config", "user.signingkey", str(key))
    done = prooflane("release", "cut", "v1.0.1", "--json", cwd=fork, expected=0)
    said = json.loads(done.out)
    assert (said["version"], said["refused"]) == ("v1.0.1", None)
    assert said["record"]["golden"]["repositories"] == 6
    assert git(fork, "rev-parse", "v1.0.1") == said["tag"]


def test_a_key_that_nobody_would_trust_is_said(cuts, changed, tmp_path):
    changed(LOG)
    (tmp_path / "home/.config/prooflane/signers").write_text("")
    done = cuts("v1.0.1", expected=0)
    assert "signers': you would not trust this tag\n" in done.err


def test_hooks_and_settings_of_the_checkout_do_not_run(cuts, changed, git, tmp_path):
    fork = changed(LOG)
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\nexit 1\n")
    evil.chmod(0o755)
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        (fork / ".git/hooks").mkdir(exist_ok=True)
        (fork / f".git/hooks/{name}").symlink_to(evil)
    git(fork, "config", "gpg.ssh.program", str(evil))
    (tmp_path / "owned").unlink(missing_ok=True)
    cuts("v1.0.1", expected=0)
    assert not (tmp_path / "owned").exists()


WRONG = {
    "a version that is none": ("latest", "'latest' is no version of a release"),
    "a pre-release": ("v1.1.0rc1", "'v1.1.0rc1' is no version of a release"),
    "a version that is named otherwise": ("1.1.0", "'1.1.0' is not named as 'v1.0.0' is"),
    "a version that is older": ("v0.9.0", "v0.9.0 does not come after v1.0.0"),
}


@pytest.mark.parametrize(("version", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_version_that_cannot_follow_is_refused(version, says, cuts, changed):
    changed(LOG)
    done = cuts(version)
    assert (done.status, done.out, done.err.splitlines()[0]) == (2, "", f"error: {says}")


def test_what_is_not_committed_is_refused(cuts, fork):
    (fork / "own.md").write_text("own\n")
    done = cuts("v1.0.1")
    assert (done.status, done.err) == (
        2,
        f"error: '{fork}' has changes that are not committed\nhint: commit them first\n",
    )


def test_a_branch_is_needed(cuts, fork, git):
    git(fork, "switch", "-q", "--detach")
    assert cuts("v1.0.1").err == f"error: '{fork}' is on no branch\nhint: git switch BRANCH\n"


def test_a_key_is_needed(prooflane, fork):
    done = prooflane("release", "cut", "v1.0.1", cwd=fork)
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        "error: a release is signed, and there is no ssh key to sign with",
    )


def test_a_key_that_is_not_there(prooflane, fork):
    done = prooflane("release", "cut", "v1.0.1", "--key", "nowhere", cwd=fork)
    assert (done.status, done.err.splitlines()[0]) == (2, "error: there is no key 'nowhere'")


def test_a_key_that_is_none_leaves_everything_as_it_was(prooflane, changed, refs, tmp_path):
    fork = changed(LOG)
    (tmp_path / "none").write_text("no key\n")
    before = refs()
    done = prooflane("release", "cut", "v1.0.1", "--key", tmp_path / "none", "--quiet", cwd=fork)
    assert done.status == 2
    assert done.err.startswith(f"error: the tag cannot be signed with '{tmp_path}/none': ")
    assert refs() == before


def test_channels_that_are_malformed(cuts, changed):
    changed({"channels.yaml": "beta: v1.0.0\n"})
    done = cuts("v1.0.1")
    says = "error: the template's 'channels.yaml' has beta: 'v1.0.0'"
    assert (done.status, done.err.splitlines()[0]) == (2, says)


def test_notes_of_a_version_without_a_record(prooflane, fork):
    done = prooflane("release", "notes", "v1.0.0", cwd=fork)
    says = "error: 'v1.0.0' has no record 'releases/v1.0.0.yaml'\n"
    assert (done.status, done.err) == (2, f"{says}hint: prooflane release cut writes one\n")


def test_notes_for_each_reader(cuts, changed, prooflane):
    fork = changed(BLOCKS)
    cuts("v2.0.0", "--today", "2027-01-31", expected=0)
    owner = prooflane("release", "notes", "v2.0.0", "--view", "owner", cwd=fork).out
    assert "- OWN-1 owner named: it blocks now. Name the owner in settings.yaml.\n" in owner
    assert "## Controls" not in owner
    auditor = prooflane("release", "notes", "v2.0.0", "--view", "auditor", cwd=fork).out
    assert "| OWN-1 | owner named | changed | mode warn → block" in auditor
    assert "Blocking: OWN-1, LOG-1, PRM-1. Warning: none." in auditor
    platform = prooflane("release", "notes", "v2.0.0", "--view", "platform", cwd=fork).out
    assert "Major: OWN-1 turns block." in platform
    assert "| all | 6 |" in platform


SHIM = """\
#!/bin/sh
# ends prooflane, and all that it started, when git is asked for the given command
for word in "$@"; do
  if [ "$word" = "$STRIKES" ] && [ ! -e "$STRUCK" ]; then
    touch "$STRUCK"
    [ "$AFTER" ] && {git} "$@"
    kill -9 $PPID
    exit 1
  fi
done
exec {git} "$@"
"""
STEPS = ["update-ref", "commit-tree", "tag", "update-index"]
MOMENTS = [(step, when) for step in STEPS for when in ("before", "after")]


@pytest.fixture
def killed(environment, tmp_path):
    """Return a function that lets the next cut be killed before or after a command of git."""
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "git").write_text(SHIM.replace("{git}", shutil.which("git")))
    (shims / "git").chmod(0o755)

    def arm(step, when):
        environment.update(
            PATH=f"{shims}:{environment['PATH']}",
            STRIKES=step,
            STRUCK=str(tmp_path / "struck"),
            AFTER="yes" if when == "after" else "",
        )

    return arm


@pytest.mark.sampled
@pytest.mark.parametrize("moment", MOMENTS, ids=" ".join)
def test_killed_it_is_finished_by_the_same_command(moment, cuts, changed, killed, git):
    fork = changed(LOG)
    parent = git(fork, "rev-parse", "HEAD")
    killed(*moment)
    assert cuts("v1.0.1").status == -9
    done = cuts("v1.0.1", expected=0)
    assert "v1.0.1 is cut\n" in done.out
    assert git(fork, "rev-parse", "v1.0.1^{commit}", "HEAD^") == (
        git(fork, "rev-parse", "HEAD") + "\n" + parent
    )
    assert git(fork, "status", "--short") == ""
    assert git(fork, "cat-file", "-t", "v1.0.1") == "tag"
    assert "v1.0.1 is cut\n" in cuts("v1.0.1", expected=0).out


def test_a_cut_that_was_killed_between_branch_and_tag_gets_its_tag(cuts, changed, git):
    fork = changed(LOG)
    cuts("v1.0.1", expected=0)
    commit = git(fork, "rev-parse", "HEAD")
    git(fork, "tag", "--delete", "v1.0.1")
    cuts("v1.0.1", expected=0)
    assert git(fork, "rev-parse", "v1.0.1^{commit}", "HEAD") == f"{commit}\n{commit}"
    assert git(fork, "cat-file", "-t", "v1.0.1") == "tag"


def test_a_cut_that_was_killed_between_tag_and_branch_gets_its_branch(cuts, changed, git):
    fork = changed(LOG)
    cuts("v1.0.1", expected=0)
    commit = git(fork, "rev-parse", "HEAD")
    git(fork, "reset", "--quiet", "--hard", "HEAD^")
    cuts("v1.0.1", expected=0)
    assert git(fork, "rev-parse", "HEAD") == commit
    assert git(fork, "status", "--short") == ""


def test_what_a_person_staged_is_not_taken_for_a_killed_cut(cuts, changed, git):
    fork = changed(LOG)
    (fork / "channels.yaml").write_text("canary: v1.0.0\n")
    git(fork, "add", "channels.yaml")
    done = cuts("v1.0.1")
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        f"error: '{fork}' has changes that are not committed",
    )
    assert (fork / "channels.yaml").read_text() == "canary: v1.0.0\n"


def test_somebody_who_has_no_name_is_told_before_the_checks(cuts, changed, tmp_path):
    changed(LOG)
    (tmp_path / "home/.gitconfig").write_text("")
    done = cuts("v1.0.1")
    assert (done.status, done.out, done.err.splitlines()) == (
        2,
        "",
        [
            "error: git does not know who you are, and a release says who cut it",
            "hint: git config user.name NAME && git config user.email ADDRESS",
        ],
    )


def test_a_maintenance_branch_goes_on_after_its_own_release(cuts, changed, commit, git):
    fork = changed(LOG)
    git(fork, "switch", "--quiet", "--create", "next")
    commit(fork, {"NOTES.md": "two\n"}, "v2.0.0")
    git(fork, "switch", "--quiet", "main")
    assert "would cut v1.0.1\n" in cuts("v1.0.1", "--plan", expected=0).out
