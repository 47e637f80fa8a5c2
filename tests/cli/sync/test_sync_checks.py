"""The merged tree is judged by its own checks, in the repository's environment, before it is there.

The environment of these tests holds what a generated repository runs on, so it stands in for one.
"""

import json
import shutil
import sys
from pathlib import Path

import pytest

ENVIRONMENT = Path(sys.prefix)
REPORT = {"set": "smoke_v1", "rate": 0.94, "floor": 0.9}


@pytest.fixture
def governed(template_source, prooflane, commit, tmp_path):
    """Return a tier-1 repository of our own template, which has a newer version with a fault."""
    source = tmp_path / "source"
    shutil.copytree(template_source, source, symlinks=True)
    manifest = source / "template/ai-workflow.yaml.jinja"
    text = manifest.read_text().replace("team:", "teem:")
    commit(source, {"template/ai-workflow.yaml.jinja": text}, "v0.2.0")
    options = ("--to", "v0.1.0", "--tier", "1", "--defaults", "--no-verify", "--quiet")
    assert prooflane("new", "made", "--template", source, *options).status == 0
    (tmp_path / "made/.venv").symlink_to(ENVIRONMENT)
    return tmp_path / "made"


@pytest.fixture
def plan(governed, prooflane, tmp_path):
    """Return what runs `prooflane sync --plan --json` in the repository."""
    options = ("--plan", "--json", "--template", tmp_path / "source")
    return lambda *args: prooflane("sync", *options, *args, cwd=governed)


def test_a_tree_that_cannot_be_checked_says_why(plan):
    done = plan()
    assert done.status == 0
    assert done.json["static"]["ok"] == 0
    assert done.json["static"]["reason"].startswith("not run, ai-workflow.yaml")


def test_what_the_static_checks_say_of_a_change_of_tier(plan, governed, state):
    before = state(governed)
    done = plan("--to", "v0.1.0", "--set", "tier=2")
    rows = {row["id"]: row for row in done.json["static"]["findings"]}
    assert done.json["static"]["reason"] is None
    assert rows["APR-1"]["state"] == "pending"
    assert "nobody is named for role 'engineering'" in rows["APR-1"]["message"]
    assert state(governed) == before


def test_what_the_record_still_asks_a_person_is_pending(plan):
    done = plan("--to", "v0.1.0", "--set", "tier=2")
    rows = {row["id"]: row for row in done.json["static"]["findings"]}
    assert rows["DEC-1"]["state"] == "pending"
    assert "section 'Why' of the decision record is not filled in" in rows["DEC-1"]["message"]


def test_the_last_eval_result_stands_beside_its_new_floor(plan, governed):
    reports = governed / ".aiwf/reports/evals"
    reports.mkdir(parents=True)
    (reports / "smoke_v1.json").write_text(json.dumps(REPORT))
    (reports / "torn.json").write_text('{"set": "sm')
    done = plan("--to", "v0.1.0", "--set", "tier=2")
    assert done.json["evals"] == [{"set": "smoke_v1", "rate": 0.94, "before": 0.9, "after": 0.92}]


@pytest.mark.parametrize(
    "case",
    [
        ({}, "not run, the repository has no environment: make setup"),
        ({"settings.yaml": "owner: me\n"}, "not run, conflicts come first"),
    ],
    ids=["without an environment", "with a conflict"],
)
def test_what_cannot_be_verified_is_not_applied(case, made, prooflane, commit, state):
    edit, why = case
    if edit:
        commit(made, edit)
    before = state(made)
    done = prooflane("sync", "--verify", "--json", cwd=made)
    assert (done.status, done.json["state"]) == (1, "refused")
    assert done.json["verify"] == {"ok": 0, "reason": why, "findings": []}
    assert done.json["reason"] == "it cannot be verified: nothing was changed"
    assert state(made) == before


def test_a_template_without_checks_verifies_nothing(prooflane, template, commit, tmp_path):
    source = template()
    prooflane("new", "made", "--template", source, "--defaults", "--quiet")
    commit(source, {"template/new.txt": "new\n"}, "v2.0.0")
    options = ("--template", source, "--verify")
    done = prooflane("sync", *options, cwd=tmp_path / "made")
    assert done.status == 1
    assert "checks     all: not run, the template has none\n" in done.out
    assert not (tmp_path / "made/new.txt").exists()


@pytest.mark.slow
def test_verify_runs_everything_on_a_copy_and_applies_what_passes(governed, prooflane, tmp_path):
    options = ("--template", tmp_path / "source", "--to", "v0.1.0", "--set", "tier=2", "--verify")
    done = prooflane("sync", *options, "--json", cwd=governed)
    assert (done.status, done.json["state"]) == (0, "staged")
    assert done.json["verify"]["ok"] > 10
    assert done.json["verify"]["reason"] is None
    assert not (governed / ".aiwf").exists()


@pytest.mark.slow
def test_verify_applies_nothing_that_cannot_be_read(governed, prooflane, tmp_path, state):
    before = state(governed)
    options = ("--template", tmp_path / "source", "--verify", "--json")
    done = prooflane("sync", *options, cwd=governed)
    assert (done.status, done.json["state"]) == (1, "refused")
    assert done.json["reason"] == "it cannot be verified: nothing was changed"
    assert state(governed) == before


@pytest.mark.slow
def test_verify_applies_nothing_that_fails(governed, prooflane, commit, tmp_path, state):
    source, before = tmp_path / "source", state(governed)
    manifest, managed = "template/ai-workflow.yaml.jinja", "template/controls/gateway/caps.py"
    mended = (source / manifest).read_text().replace("teem:", "team:")
    unlisted = (source / managed).read_text() + "# no digest list knows this\n"
    commit(source, {manifest: mended, managed: unlisted}, "v0.3.0")
    done = prooflane("sync", "--template", source, "--verify", "--json", cwd=governed)
    assert (done.status, done.json["state"]) == (1, "refused")
    assert done.json["reason"] == "its checks fail: nothing was changed"
    assert [row["id"] for row in done.json["verify"]["findings"] if row["state"] == "failed"] == [
        "TPL-1"
    ]
    assert state(governed) == before
