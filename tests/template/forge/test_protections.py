"""Doctor says which protections of the forge are live, and says unknown where it cannot know."""

import json
import os
from pathlib import Path

import pytest
import warm
from approving import git
from loopback_github import NAME, Hub

BRANCH = f"/repos/{NAME}/rules/branches/main"
CLASSIC = f"/repos/{NAME}/branches/main/protection"
GUARD = f"/repos/{NAME}/environments/release-gated"
NAMES = {
    "required workflow",
    "required check",
    "pull requests",
    "code-owner review",
    "stale reviews",
    "last push",
    "force pushes",
    "release reviewers",
}
PULLS = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": True,
    "require_last_push_approval": True,
    "required_review_thread_resolution": False,
}
WORKFLOW = {
    "path": ".github/workflows/pr-gate.yml",
    "ref": "refs/heads/main",
    "repository_id": 1,
}
RULES = [
    {"type": "pull_request", "parameters": PULLS, "ruleset_id": 1},
    {
        "type": "required_status_checks",
        "parameters": {
            "required_status_checks": [{"context": "all-green", "integration_id": 15368}],
            "strict_required_status_checks_policy": True,
        },
    },
    {"type": "workflows", "parameters": {"workflows": [WORKFLOW]}},
    {"type": "non_fast_forward"},
    {"type": "deletion"},
]
PROTECTED = {
    "required_status_checks": {
        "strict": True,
        "contexts": ["all-green"],
        "checks": [{"context": "all-green", "app_id": 15368}],
    },
    "required_pull_request_reviews": {
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": True,
        "required_approving_review_count": 1,
        "require_last_push_approval": True,
    },
    "enforce_admins": {"enabled": True},
    "allow_force_pushes": {"enabled": False},
}
GUARDED = {
    "name": "release-gated",
    "protection_rules": [
        {
            "id": 1,
            "type": "required_reviewers",
            "prevent_self_review": True,
            "reviewers": [{"type": "User", "reviewer": {"login": "grace"}}],
        }
    ],
}


def doctor(root: Path, hub: Hub, **extra: str) -> dict[str, dict[str, str]]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GH_"))}
    env |= {"GITHUB_API_URL": hub.url, "GH_TOKEN": "a token"} | extra
    done = warm.run("controls", "doctor", "--json", cwd=root, env=env)
    assert done.stderr == ""
    return {fact["about"]: fact for fact in json.loads(done.stdout)}


def states(facts: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: facts[name]["state"] for name in NAMES}


@pytest.fixture
def root(project, hub: Hub) -> Path:
    hub.answers[f"/repos/{NAME}"] = (200, {"full_name": NAME, "default_branch": "main"})
    hub.answers[BRANCH] = (200, [])
    root = project(2)
    git(root, "remote", "add", "origin", f"git@github.com:{NAME}.git")
    return root


def test_everything_that_a_ruleset_asks_for_is_live(root: Path, hub: Hub):
    hub.answers[BRANCH] = (200, RULES)
    hub.answers[GUARD] = (200, GUARDED)
    assert states(doctor(root, hub)) == dict.fromkeys(NAMES, "ok")


def test_classic_protection_counts_too_but_has_no_required_workflow(root: Path, hub: Hub):
    hub.answers[CLASSIC] = (200, PROTECTED)
    hub.answers[GUARD] = (200, GUARDED)
    facts = doctor(root, hub)
    assert states(facts) == dict.fromkeys(NAMES, "ok") | {"required workflow": "missing"}
    assert facts["required workflow"]["hint"].startswith("a ruleset of the organisation")


def test_an_open_branch_lacks_all_of_them_and_says_what_to_do(root: Path, hub: Hub):
    facts = doctor(root, hub)
    assert states(facts) == dict.fromkeys(NAMES, "missing")
    assert facts["code-owner review"] == {
        "about": "code-owner review",
        "state": "missing",
        "found": "not live: branch main",
        "hint": "require review from code owners",
    }


def test_what_the_token_may_not_see_is_unknown_and_never_ok(root: Path, hub: Hub):
    hub.answers[CLASSIC] = (403, {"message": "Resource not accessible"})
    hub.answers[GUARD] = (403, {"message": "Resource not accessible"})
    unknown = dict.fromkeys(NAMES, "unknown")
    assert states(doctor(root, hub)) == unknown | {"required workflow": "missing"}


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (
            {"type": "pull_request", "parameters": PULLS | {"require_code_owner_review": False}},
            "code-owner review",
        ),
        (
            {"type": "workflows", "parameters": {"workflows": [WORKFLOW | {"path": "x.yml"}]}},
            "required workflow",
        ),
        (
            {
                "type": "required_status_checks",
                "parameters": {"required_status_checks": [{"context": "lint"}]},
            },
            "required check",
        ),
        (
            {
                "type": "pull_request",
                "parameters": PULLS | {"dismiss_stale_reviews_on_push": "yes"},
            },
            "stale reviews",
        ),
    ],
    ids=["code owners off", "another workflow", "another check", "a word in place of true"],
)
def test_a_rule_that_asks_for_something_else_is_not_this_protection(root, hub, rule, name):
    hub.answers[BRANCH] = (200, [rule])
    assert states(doctor(root, hub))[name] == "missing"


def test_an_environment_without_reviewers_guards_nothing(root: Path, hub: Hub):
    hub.answers[GUARD] = (200, GUARDED | {"protection_rules": [{"type": "wait_timer"}]})
    assert states(doctor(root, hub))["release reviewers"] == "missing"


def test_a_forge_that_does_not_answer_is_unknown(root: Path, hub: Hub):
    facts = doctor(root, hub, GITHUB_API_URL="http://127.0.0.1:9")
    assert facts["forge"]["state"] == "unknown"
    assert facts["forge"]["found"].startswith("the forge at '127.0.0.1:9' cannot be reached")


def test_without_a_token_nothing_is_asked(root: Path, hub: Hub):
    facts = doctor(root, hub, GH_TOKEN="")
    assert facts["forge"]["state"] == "unknown"
    assert hub.seen == []
