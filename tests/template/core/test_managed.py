"""TPL-1: an edited, deleted or added managed file is drift, and so is a wrong tier."""

import shutil

import pytest

from controls.check.model import State
from controls.template.answers import release
from controls.template.checks import intact
from controls.template.managed import required

NAMES = ("base", "tier-1", "tier-2", "tier-3", "tier-4", "github", "github+tier-2")


def messages(outcome):
    return [(finding.path, finding.message) for finding in outcome.findings]


@pytest.mark.parametrize("tier", [0, 1, 2, 3, 4])
def test_a_fresh_repository_is_intact(sealed, asked, tier):
    outcome = intact(asked(sealed(tier)))
    assert (outcome.state, outcome.findings) == (State.ok, ())
    assert outcome.n > 40


def test_an_edited_a_deleted_and_an_added_file_are_each_named(sealed, asked):
    root = sealed(2)
    (root / "controls/tracing/semconv.py").write_text("RUN = 'mine'\n")
    (root / "controls/policy/decision.rego").unlink()
    (root / "controls/gateway/mine.py").touch()
    outcome = intact(asked(root))
    assert outcome.state is State.failed
    assert messages(outcome) == [
        ("controls/policy/decision.rego", "the managed file is missing"),
        ("controls/tracing/semconv.py", "the managed file was edited"),
        ("controls/gateway/mine.py", "the file is not the template's"),
    ]


def test_a_link_in_a_files_place_is_drift_even_when_it_says_the_same(sealed, asked):
    root = sealed(0)
    path = root / "controls/tracing/semconv.py"
    shutil.move(path, root / "workflow/semconv.py")
    path.symlink_to("../../workflow/semconv.py")
    assert messages(intact(asked(root))) == [
        ("controls/tracing/semconv.py", "the managed file is missing")
    ]


@pytest.mark.parametrize(
    "name",
    ["__pycache__/x.cpython-311.pyc", ".ruff_cache/0.14.0/123", "gateway/.ruff_cache/CACHEDIR.TAG"],
)
def test_what_python_and_ruff_write_beside_the_modules_is_no_drift(sealed, asked, name):
    root = sealed(0)
    path = root / "controls" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert intact(asked(root)).state is State.ok


@pytest.mark.parametrize(
    ("tier", "ci", "lists"),
    [
        pytest.param(0, "none", ("base",), id="tier 0 without CI"),
        pytest.param(1, "github", ("base", "tier-1", "github"), id="tier 1 on a forge"),
        pytest.param(2, "none", ("base", "tier-1", "tier-2"), id="tier 2 without CI"),
        pytest.param(
            2,
            "github",
            ("base", "tier-1", "tier-2", "github", "github+tier-2"),
            id="tier 2 on a forge",
        ),
        pytest.param(4, "github", NAMES, id="tier 4 on a forge"),
    ],
)
def test_the_lists_follow_from_tier_and_ci(tier, ci, lists):
    assert required(NAMES, tier, ci) == lists


def test_a_list_that_is_missing_or_does_not_belong_is_named(sealed, asked):
    root = sealed(1)
    (root / "controls/managed/tier-1.sha256").rename(root / "controls/managed/tier-2.sha256")
    assert messages(intact(asked(root))) == [
        ("controls/managed/tier-1.sha256", "the list of digests is missing"),
        ("controls/managed/tier-2.sha256", "this list of digests belongs to another tier or CI"),
    ]


def test_without_any_list_nothing_is_intact(sealed, asked):
    root = sealed(0)
    shutil.rmtree(root / "controls/managed")
    outcome = intact(asked(root))
    assert (outcome.state, outcome.n) == (State.failed, 0)


def test_a_line_that_is_no_digest_is_named_with_its_line(sealed, asked):
    root = sealed(1)
    (root / "controls/managed/tier-1.sha256").write_text("abc  controls/x.py\n")
    finding = intact(asked(root)).findings[0]
    assert (finding.path, finding.line) == ("controls/managed/tier-1.sha256", 1)


def test_a_tier_that_the_template_was_not_asked_for_fails(sealed, asked, edit):
    root = sealed(2)
    edit(root / ".copier-answers.yml", "tier: 2", "tier: 1")
    outcome = intact(asked(root))
    assert outcome.state is State.failed
    assert "spec.risk.tier is 2, but the template was asked for tier 1" in [
        finding.message for finding in outcome.findings
    ]


@pytest.mark.parametrize(
    ("commit", "state"),
    [
        pytest.param("v0.1.0", State.ok, id="a release at the floor"),
        pytest.param("0.2.0", State.ok, id="a release above the floor"),
        pytest.param("v0.0.9", State.failed, id="a release below the floor"),
        pytest.param("v0.1.0-3-gabc1234", State.pending, id="a commit after a release"),
        pytest.param("None", State.pending, id="no release"),
    ],
)
def test_the_template_version_is_compared_with_the_tiers_floor(sealed, asked, edit, commit, state):
    root = sealed(0)
    edit(root / ".copier-answers.yml", "_commit: v0.1.0", f"_commit: {commit}")
    assert intact(asked(root)).state is state


def test_a_release_is_a_tag_of_three_numbers():
    assert release("v1.20.3") == (1, 20, 3)
    assert release("v1.20.3rc1") is None
