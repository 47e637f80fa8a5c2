"""What a release would do, before anybody has it: the version by effect, and what breaks."""

import pytest
from forks import CATALOGUE, FIRST, QUESTIONS, SETTINGS, catalogue

README = "# {{ name }}\n\nIt answers well.\n\nIt cites.\n\nThe end.\n"
BOOK = "template/controls/catalogue.yaml"
NEW = {"title": "drafts reviewed", "tiers": [1], "files": ["controls/review.py"], "mode": "warn"}
NEW |= {"since": "1.1.0", "needs": ["controls/review.py", "REVIEW"]}
SPLIT = {
    "template/controls/log.py": None,
    "template/controls/logging.py": "LEVEL = 1\n",
    BOOK: CATALOGUE.replace("controls/log.py", "controls/logging.py"),
}
NO_CI = QUESTIONS.replace("ci: {type: str, default: github, choices: [github, none]}\n", "")


EFFECTS = [
    ({"template/README.md.jinja": README}, "v1.0.1", None),
    ({"template/controls/review.py": "REVIEW = 2\n"}, "v1.0.1", None),
    ({BOOK: catalogue(REV_1=NEW)}, "v1.1.0", "REV-1 is new, and warns"),
    ({BOOK: catalogue(LOG_1={"mode": "warn"})}, "v1.1.0", "LOG-1 only warns now"),
    ({BOOK: catalogue(LOG_1=None)}, "v1.1.0", "LOG-1 is retired"),
    (
        {"copier.yml": f"{QUESTIONS}team: {{type: str, default: x}}\n"},
        "v1.1.0",
        "question team",
    ),
    ({BOOK: catalogue(OWN_1={"mode": "block"})}, "v2.0.0", "OWN-1 turns block"),
    ({BOOK: catalogue(REV_1=NEW | {"mode": "block"})}, "v2.0.0", "REV-1 turns block"),
    (SPLIT, "v2.0.0", "controls/log.py goes"),
    ({"copier.yml": NO_CI}, "v2.0.0", "answer ci is removed"),
    (
        {"copier.yml": QUESTIONS.replace("[github, none]", "[github]")},
        "v2.0.0",
        "answer ci=none is removed",
    ),
    (
        {"template/README.md.jinja": README.replace("cites.", "cites sources.")},
        "v2.0.0",
        "README.md conflicts in golden repositories",
    ),
    (
        {BOOK: catalogue(OWN_1={"needs": ["settings.yaml", "owner: somebody"]})},
        "v1.1.0",
        "OWN-1 changes its verdict on golden repositories",
    ),
]
IDS = [
    "a text is patch",
    "a changed check that changes no verdict is patch",
    "a new control that warns is minor",
    "a control that only warns now is minor",
    "a retired control is minor",
    "a new question is minor",
    "a control that turns block is major",
    "a new control that blocks is major",
    "a file that goes is major",
    "an answer that is removed is major",
    "a choice that is removed is major",
    "a conflict with a realistic edit is major",
    "a warning that appears is minor",
]


@pytest.mark.parametrize(("files", "version", "reason"), EFFECTS, ids=IDS)
def test_the_version_follows_from_the_effect(files, version, reason, checked, changed):
    changed(files)
    status, said = checked("--quick")
    assert (status, said["version"], said["problems"]) == (0, version, [])
    assert (said["reasons"][0]["text"] if said["reasons"] else "").startswith(reason or "")
    assert bool(said["reasons"]) is (reason is not None)


BROKEN = {
    "a static check that fails on repositories that exist": (
        {
            BOOK: catalogue(PRM_1={"needs": ["prompts/answer.md", "Cite"]}),
            "template/prompts/answer.md": "Answer. Cite.\n",
        },
        "PRM-1 was ok, and fails: prompts/answer.md: Cite is not in prompts/answer.md",
    ),
    "a question that nobody answered": (
        {"copier.yml": f"{QUESTIONS}team: {{type: str}}\n", "release.yaml": ""},
        "no profile can be derived: the defaults do not answer every question",
    ),
    "a text that no longer renders": (
        {"template/README.md.jinja": "{{ nobody.knows }}\n"},
        "the template's file 'template/README.md.jinja' fails",
    ),
}


@pytest.mark.parametrize(("files", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_a_release_that_would_break_golden_repositories_is_refused(files, says, cuts, changed):
    fork = changed(files)
    done = cuts("v9.0.0")
    assert says in done.err
    assert done.status in {1, 2}
    assert [path.name for path in (fork / ".git/refs/tags").iterdir()] == ["v1.0.0"]
    assert not (fork / "releases").exists()


def test_own_checks_of_a_new_repository_that_fail_are_red(checked, fork, commit):
    commit(fork, {"template/prompts/answer.md": "Say nothing.\n"})
    status, said = checked()
    assert status == 1
    says = "PRM-1 prompts/answer.md: Answer is not in prompts/answer.md"
    assert {"what": "a new repository, support", "says": says} in said["problems"]


def test_a_set_up_that_fails_is_red(checked, fork, commit):
    commit(fork, {"template/Makefile": "setup:\n\t@echo no registry; exit 1\n"})
    status, said = checked()
    assert status == 1
    assert said["new"][0]["why"].startswith("make setup failed: ")


def test_static_checks_that_cannot_run_are_red(checked, fork, commit):
    commit(fork, {"template/controls/cli.py": "import nothing_like_it\n"})
    status, said = checked("--quick")
    assert status == 1
    why = "not run, ModuleNotFoundError: No module named 'nothing_like_it'"
    assert said["problems"][0] == {"what": "a new repository, support", "says": why}
    assert {"what": "v1.0.0 · support · plain", "says": f"the new checks: {why}"} in said[
        "problems"
    ]


def test_updates_are_tried_from_every_supported_version(checked, fork, commit):
    commit(fork, {"template/README.md.jinja": README}, "v1.1.0")
    commit(fork, {"template/controls/log.py": "LEVEL = 2\n"}, "v1.2.0")
    commit(fork, {"release.yaml": "supported: '>=1.1'\nprofiles: {one: {tier: 0}}\n"})
    _, said = checked("--quick")
    assert said["supported"] == ["v1.1.0", "v1.2.0"]
    kinds = ["edited", "inside", "managed-edit", "own-edited", "own-files", "plain"]
    assert sorted(said["golden"]) == [f"v1.{n}.0 · one · {kind}" for n in (1, 2) for kind in kinds]
    assert {row["verdict"] for row in said["golden"].values()} == {"clean"}


def test_profiles_are_derived_where_none_is_named(checked, fork, commit):
    commit(fork, {"release.yaml": None})
    _, said = checked("--quick")
    profiles = [row["profile"] for row in said["new"]]
    assert profiles == ["tier=0", "tier=0 ci=none", "tier=1", "tier=1 ci=none"]


def test_a_control_may_not_block_before_the_day_that_was_announced(checked, fork, commit):
    commit(fork, {BOOK: catalogue(OWN_1={"blocks_on": "2027-06-01"})}, "v1.1.0")
    commit(fork, {BOOK: catalogue(OWN_1={"mode": "block"})})
    status, said = checked("--quick", "--today", "2027-05-31")
    assert (status, said["problems"]) == (
        1,
        [{"what": "OWN-1", "says": "was announced to block from 2027-06-01, not before"}],
    )
    assert checked("--quick", "--today", "2027-06-01")[0] == 0


def test_a_fleet_tells_what_would_become_of_it(prooflane, fork, commit, tmp_path, checked):
    options = ("--template", fork, "--defaults", "--no-verify", "--quiet")
    for name in ("one", "two"):
        prooflane("new", f"fleet/{name}", "--tier", 1, *options, expected=0)
    commit(tmp_path / "fleet/two", {"settings.yaml": SETTINGS.replace("b: 2", "b: 3")})
    commit(fork, {"template/settings.yaml.jinja": SETTINGS.replace("b: 2", "b: 4")})
    status, said = checked("--quick", "--fleet", tmp_path / "fleet")
    found = {name.rpartition("/")[2]: row["verdict"] for name, row in said["fleet"].items()}
    assert (status, found) == (0, {"one": "clean", "two": "conflict"})
    notes = prooflane("release", "notes", "--fleet", tmp_path / "fleet", cwd=fork, expected=0)
    assert "| The fleet | clean | conflict |\n|---|---|---|\n| tier 1 | 1 | 1 |" in notes.out


def test_the_first_release_has_nothing_to_compare_with(checked, fork, git):
    git(fork, "tag", "--delete", "v1.0.0")
    status, said = checked()
    assert (status, said["before"], said["version"], said["golden"]) == (0, None, "v0.1.0", {})


def test_a_template_without_controls_can_be_released(checked, fork, commit, git):
    gone = {name: None for name in FIRST if "/controls/" in name}
    git(fork, "tag", "--delete", "v1.0.0")
    commit(fork, gone, "v1.0.0")
    commit(fork, {"template/README.md.jinja": README})
    status, said = checked()
    assert (status, said["version"], said["problems"]) == (0, "v1.0.1", [])


def test_a_release_of_another_branch_is_not_what_this_one_follows(checked, fork, commit, git):
    git(fork, "switch", "-qc", "next")
    commit(fork, {"template/README.md.jinja": README}, "v2.0.0")
    git(fork, "switch", "-q", "main")
    commit(fork, {"template/controls/review.py": "REVIEW = 2\n"})
    assert checked("--quick")[1]["before"] == "v1.0.0"


REFUSED = {
    "a template that only Copier renders": (
        {"copier.yml": f"_tasks: [touch x]\n{QUESTIONS}"},
        "error: the template cannot be released by prooflane: it uses ",
    ),
    "a template that renders its own release files": (
        {"template/channels.yaml": "canary: v1.0.0\n"},
        "error: the template gives its own 'channels.yaml' to each project\n",
    ),
    "settings with an unknown key": (
        {"release.yaml": "profile: {}\n"},
        "error: the template's 'release.yaml' has an unknown 'profile'\n",
    ),
    "a range of versions that is none": (
        {"release.yaml": "supported: newest\n"},
        "error: supported of the template's 'release.yaml' is no range of versions: 'newest'\n",
    ),
    "a profile that the template refuses": (
        {"release.yaml": "profiles: {odd: {tier: 7}}\n"},
        "error: profile 'odd': ",
    ),
    "migrations that leave the repository": (
        {"migrations.yaml": "- rename: {a: ../b}\n"},
        "error: the template's 'migrations.yaml' has the path '../b'\n",
    ),
}


@pytest.mark.parametrize(("files", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_a_template_that_cannot_be_judged_is_one_sentence(files, says, prooflane, fork, commit):
    commit(fork, files)
    done = prooflane("release", "check", "--quick", "--quiet", cwd=fork)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(says)
    assert done.err.splitlines()[1].startswith("hint: ")


def test_a_folder_that_is_no_template(prooflane, tmp_path):
    done = prooflane("release", "check", cwd=tmp_path)
    assert (done.status, done.err.splitlines()[0]) == (
        2,
        f"error: the template '{tmp_path}' is not a git repository",
    )


def test_the_screen_says_what_comes_next(prooflane, fork, commit):
    commit(fork, {BOOK: catalogue(OWN_1={"mode": "block"})})
    done = prooflane("release", "check", cwd=fork, expected=0)
    assert done.out.splitlines()[0].endswith(
        "may be released as v2.0.0 or higher: major, after v1.0.0"
    )
    assert "~ OWN-1  owner named  mode warn → block" in done.out
    assert done.out.endswith("prooflane release cut v2.0.0 --plan\n")


def test_nothing_is_left_behind(prooflane, fork, environment, tmp_path, git):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment["TMPDIR"] = str(scratch)
    prooflane("release", "check", cwd=fork, expected=0)
    assert list(scratch.iterdir()) == []
    assert git(fork, "status", "--short", "--ignored") == ""
