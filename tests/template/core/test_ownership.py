"""People answer for the workflow and its models, and CODEOWNERS says the same as the manifest."""

import yaml

from controls import manifest
from controls.check.model import State
from controls.ownership import codeowners
from controls.ownership.checks import endpoint_owners, owner

NAMED = {
    "assessed_by": "@ada",
    "assessed_on": "2026-11-23",
    "review_by": "2027-05-01",
}


def rewrite(root, change):
    path = root / "ai-workflow.yaml"
    data = yaml.safe_load(path.read_text())
    change(data["spec"])
    path.write_text(yaml.safe_dump(data))
    return root


def name_everybody(spec):
    spec["owner"] = "@ada"
    spec["risk"] |= NAMED
    for role, handle in zip(spec["approvals"], ("@bob", "@eve"), strict=True):
        role["principals"] = [{"name": "B", "handle": handle}]
    for model in spec["models"]:
        model["owner"] = "@ada"


def test_a_fresh_repository_waits_for_names(sealed, asked):
    outcome = owner(asked(sealed(2)))
    assert outcome.state is State.pending
    assert [finding.message for finding in outcome.findings] == [
        "spec.owner is not named",
        "spec.risk.assessed_by is not set",
        "spec.risk.assessed_on is not set",
        "spec.risk.review_by is not set",
        "role 'engineering' names 0 of 1",
        "role 'security' names 0 of 1",
    ]
    assert all(f.path == "ai-workflow.yaml" and f.line for f in outcome.findings)


def test_named_people_are_ok(sealed, asked):
    outcome = owner(asked(rewrite(sealed(2), name_everybody)))
    assert (outcome.state, outcome.n) == (State.ok, 6)


def test_a_tier_that_no_record_explains_fails(sealed, asked):
    root = rewrite(sealed(2), name_everybody)
    (root / "decisions/0001-risk-tier.md").unlink()
    [finding] = owner(asked(root)).findings
    assert finding.message == (
        "spec.risk.rationale is 'decisions/0001-risk-tier.md', which is no decision record here"
    )
    assert finding.line


def test_a_team_in_a_persons_place_fails(sealed, asked):
    def change(spec):
        name_everybody(spec)
        spec["owner"] = "@acme/platform"
        spec["approvals"][1]["principals"][0]["handle"] = "@acme/security"

    outcome = owner(asked(rewrite(sealed(2), change)))
    assert outcome.state is State.failed
    assert [finding.message for finding in outcome.findings] == [
        "'@acme/platform' is a team, and a team cannot answer",
        "'@acme/security' is a team, and a team cannot answer",
    ]


def test_the_same_person_twice_does_not_meet_a_threshold_of_two(sealed, asked):
    def change(spec):
        name_everybody(spec)
        role = spec["approvals"][0]
        role["threshold"] = 2
        role["principals"] = [dict(role["principals"][0]) for _ in range(2)]

    outcome = owner(asked(rewrite(sealed(2), change)))
    assert outcome.state is State.pending
    assert [f.message for f in outcome.findings] == ["role 'engineering' names 1 of 2"]


def test_an_overdue_review_fails(sealed, asked):
    def change(spec):
        name_everybody(spec)
        spec["risk"]["review_by"] = "2026-11-30"

    outcome = owner(asked(rewrite(sealed(2), change)))
    assert outcome.state is State.failed
    assert outcome.findings[0].message == "the review of the risk was due on 2026-11-30"


def test_an_endpoint_that_may_see_data_needs_an_owner(sealed, asked):
    outcome = endpoint_owners(asked(sealed(2)))
    assert (outcome.state, outcome.n) == (State.pending, 4)
    assert [finding.message for finding in outcome.findings] == [
        "embedded:small has no owner",
        "embedded:large has no owner",
    ]


def test_an_endpoint_that_is_opened_needs_an_owner_at_once(sealed, asked):
    def change(spec):
        name_everybody(spec)
        spec["models"][2] |= {"owner": None, "allowed_data": ["public"]}

    outcome = endpoint_owners(asked(rewrite(sealed(2), change)))
    assert [finding.message for finding in outcome.findings] == ["openai:gpt-5-mini has no owner"]


def test_endpoints_with_owners_are_ok_and_a_team_is_not(sealed, asked):
    root = rewrite(sealed(2), name_everybody)
    assert endpoint_owners(asked(root)).state is State.ok
    rewrite(root, lambda spec: spec["models"][3].update(owner="@acme/ml"))
    assert endpoint_owners(asked(root)).findings[0].message == (
        "'@acme/ml' is a team, and a team cannot answer"
    )


def test_codeowners_lists_wide_paths_first_and_each_person_once(sealed):
    root = rewrite(sealed(2), name_everybody)
    assert codeowners.text(manifest.load(root)) == (
        "# Written from ai-workflow.yaml by `python -m controls owners --write`; do not edit.\n"
        "* @ada @bob\n"
        "/ai-workflow.yaml @eve\n"
        "/evals/ @eve\n"
        "/policy/ @eve\n"
        "/prompts/ @eve\n"
        "/workflow/ @eve\n"
    )


def test_a_fresh_repository_on_a_forge_carries_the_codeowners_that_its_manifest_implies(
    project, asked
):
    for answers in ({}, {"owner": "@ada"}):
        root = project(1, **answers)
        assert (root / codeowners.place("github")).read_text() == codeowners.text(
            manifest.load(root)
        )
        assert owner(asked(root)).state is State.pending
        for path in sorted(root.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        root.rmdir()


def test_codeowners_that_says_something_else_fails(sealed, asked):
    root = sealed(2)
    (root / ".github").mkdir()
    (root / codeowners.place("github")).write_text("* @mallory\n")
    outcome = owner(asked(root))
    assert outcome.state is State.failed
    assert outcome.findings[0].message == "it does not say what ai-workflow.yaml implies"
    assert outcome.findings[0].path == ".github/CODEOWNERS"
