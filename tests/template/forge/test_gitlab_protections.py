"""Which of GitLab's protections are live; reviews there count only for the exact head."""

import json
import os
from pathlib import Path

import pytest
import warm
from approving import git
from loopback_github import NAME, Hub

from controls.approvals import reviews
from controls.forge.gitlab import GitLab
from controls.forge.http import Api
from controls.manifest import Principal

AT = f"/projects/{NAME.replace('/', '%2F')}"
PROJECT = {
    "id": 1,
    "default_branch": "main",
    "ci_config_path": ".gitlab-ci.yml@octo/ci",
    "only_allow_merge_if_pipeline_succeeds": True,
    "allow_merge_on_skipped_pipeline": False,
    "merge_method": "ff",
    "merge_pipelines_enabled": False,
    "ci_push_repository_for_job_token_allowed": False,
}
BRANCH = {
    "name": "main",
    "push_access_levels": [{"id": 1, "access_level": 0}],
    "allow_force_push": False,
    "code_owner_approval_required": True,
}
APPROVALS = {
    "reset_approvals_on_push": True,
    "merge_requests_author_approval": False,
    "merge_requests_disable_committers_approval": True,
}
GUARD = {"name": "release-gated", "required_approval_count": 1, "approval_rules": []}
SCHEDULES = ["evals-nightly", "red-team-weekly"]
NAMES = {
    "required workflow",
    "required check",
    "checked on the target",
    "job token",
    "pull requests",
    "code-owner review",
    "force pushes",
    "stale reviews",
    "last push",
    "release reviewers",
    "schedule evals-nightly",
    "schedule red-team-weekly",
}


def schedule(number: int, name: str, **facts: object) -> dict[str, object]:
    row = {"id": number, "description": name, "active": True}
    return row | {"variables": [{"key": "SCHEDULE", "value": name}]} | facts


def protect(hub: Hub) -> None:
    hub.answers[AT] = (200, PROJECT)
    hub.answers[f"{AT}/protected_branches/main"] = (200, BRANCH)
    hub.answers[f"{AT}/approvals"] = (200, APPROVALS)
    hub.answers[f"{AT}/protected_environments/release-gated"] = (200, GUARD)
    rows = [schedule(number, name) for number, name in enumerate(SCHEDULES)]
    hub.answers[f"{AT}/pipeline_schedules"] = (200, [{"id": row["id"]} for row in rows])
    for row in rows:
        hub.answers[f"{AT}/pipeline_schedules/{row['id']}"] = (200, row)


@pytest.fixture
def root(project) -> Path:
    root = project(2, ci="gitlab")
    git(root, "remote", "add", "origin", f"git@gitlab.example.com:{NAME}.git")
    return root


def doctor(root: Path, hub: Hub, **extra: str) -> dict[str, dict[str, str]]:
    names = ("GITHUB_", "GH_", "GITLAB_", "CI_")
    env = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    # the API of a GitLab is below its address; the loopback has it at the top
    env |= {"CI_API_V4_URL": hub.url, "CI_PROJECT_PATH": NAME, "GITLAB_TOKEN": "a token"} | extra
    done = warm.run("controls", "doctor", "--json", cwd=root, env=env)
    assert done.stderr == ""
    return {fact["about"]: fact for fact in json.loads(done.stdout)}


def asked(hub: Hub) -> dict[str, dict[str, str]]:
    """Return what doctor would say, without a process."""
    found = GitLab(Api(hub.url, {}), NAME).protections("release-gated")
    return {one.name: {"state": str(one.live), "hint": one.hint} for one in found}


def states(facts: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: facts[name]["state"] for name in NAMES}


def test_everything_that_a_project_asks_for_is_live(root: Path, hub: Hub):
    protect(hub)
    assert states(doctor(root, hub)) == dict.fromkeys(NAMES, "ok")


def test_an_open_project_lacks_all_of_them_and_says_what_to_do(hub: Hub):
    open_ = {"ci_config_path": None, "merge_method": "merge"}
    open_ |= {
        "only_allow_merge_if_pipeline_succeeds": False,
        "allow_merge_on_skipped_pipeline": None,
    }
    open_["ci_push_repository_for_job_token_allowed"] = True
    hub.answers[AT] = (200, PROJECT | open_)
    hub.answers[f"{AT}/pipeline_schedules"] = (200, [])
    facts = asked(hub)
    assert states(facts) == dict.fromkeys(NAMES, "missing")
    hint = "pipeline schedules: 17 3 * * *, with the variable SCHEDULE=evals-nightly"
    assert facts["schedule evals-nightly"]["hint"] == hint


def test_what_the_token_may_not_see_is_unknown_and_never_ok(hub: Hub):
    protect(hub)
    hub.answers[AT] = (200, {"id": 1, "default_branch": "main"})
    for path in ("protected_branches/main", "approvals", "pipeline_schedules"):
        hub.answers[f"{AT}/{path}"] = (403, {"message": "403 Forbidden"})
    hub.answers[f"{AT}/protected_environments/release-gated"] = (403, {"message": "403 Forbidden"})
    assert states(asked(hub)) == dict.fromkeys(NAMES, "unknown")


@pytest.mark.parametrize(
    ("path", "answer", "name"),
    [
        ("", PROJECT | {"allow_merge_on_skipped_pipeline": True}, "required check"),
        ("", PROJECT | {"ci_config_path": "own.yml"}, "required workflow"),
        ("/protected_branches/main", BRANCH | {"push_access_levels": []}, "pull requests"),
        ("/approvals", APPROVALS | {"merge_requests_author_approval": True}, "last push"),
        (
            "/pipeline_schedules/0",
            schedule(0, "evals-nightly", active=False),
            "schedule evals-nightly",
        ),
    ],
    ids=["skipped counts", "own file", "no rule", "authors approve", "switched off"],
)
def test_a_setting_that_says_something_else_is_not_this_protection(hub, path, answer, name):
    protect(hub)
    hub.answers[f"{AT}{path}"] = (200, answer)
    assert states(asked(hub)) == dict.fromkeys(NAMES, "ok") | {name: "missing"}


@pytest.mark.slow
def test_without_a_token_nothing_is_asked(root: Path, hub: Hub):
    facts = doctor(root, hub, GITLAB_TOKEN="")
    assert facts["forge"]["hint"] == "GITLAB_TOKEN=... make doctor"
    assert hub.seen == []


@pytest.mark.slow
def test_a_token_goes_to_no_host_but_the_one_that_was_named(root: Path, hub: Hub):
    facts = doctor(root, hub, CI_PROJECT_PATH="")  # the remote is some gitlab.example.com
    assert facts["forge"]["state"] == "unknown"
    assert hub.seen == []


HEAD, OLD = "f" * 40, "a" * 40
GRACE = Principal("Grace", "@grace", "")


def note(author: str, body: str, at: str, *, system: bool = True) -> dict[str, object]:
    return {"body": body, "system": system, "created_at": at, "author": {"username": author}}


def judged(hub: Hub, notes: list[dict[str, object]], **settings: object) -> str:
    """Return why Grace's approval does not count, "counts", or "none"."""
    at = f"{AT}/merge_requests/7"
    found = {"iid": 7, "sha": HEAD, "state": "opened", "author": {"username": "linus"}}
    hub.answers[at] = (200, found | {"web_url": "https://gitlab.com/x", "source_project_id": 1})
    commit = {"id": HEAD, "author_name": "Linus", "author_email": "l@x", "message": "Change"}
    hub.answers[f"{at}/commits"] = (200, [commit])
    hub.answers[f"{at}/notes"] = (200, notes)
    pushed = (("2026-11-01T10:00:00.000Z", OLD), ("2026-11-01T12:00:00.000Z", HEAD))
    versions = [{"head_commit_sha": sha, "created_at": when} for when, sha in reversed(pushed)]
    hub.answers[f"{at}/versions"] = (200, versions)
    event = {"push_data": {"commit_to": HEAD}, "author": {"username": settings.get("by", "linus")}}
    hub.answers["/projects/1/events"] = (200, [event])
    hub.answers[f"{AT}/approvals"] = settings.get("approvals", (200, APPROVALS))
    found = reviews.judge(GitLab(Api(hub.url, {}), NAME).proposal(7), GRACE)
    return "none" if found is None else found.because or "counts"


APPROVED = "approved this merge request"


@pytest.mark.parametrize(
    ("notes", "settings", "expected"),
    [
        ([note("grace", APPROVED, "2026-11-01T13:00:00.000Z")], {}, "counts"),
        (
            [note("grace", APPROVED, "2026-11-01T11:00:00.000Z")],
            {},
            f"it is about {OLD[:12]}, and the head is {HEAD[:12]}",
        ),
        (
            [
                note("grace", APPROVED, "2026-11-01T13:00:00.000Z"),
                note("grace", f"un{APPROVED}", "2026-11-01T14:00:00.000Z"),
            ],
            {},
            "the last verdict is dismissed",
        ),
        ([note("grace", APPROVED, "2026-11-01T13:00:00.000Z", system=False)], {}, "none"),
        ([note("grace", APPROVED, "soon")], {}, f"it is about , and the head is {HEAD[:12]}"),
        (
            [note("grace", APPROVED, "2026-11-01T13:00:00.000Z")],
            {"by": "grace"},
            "it is by the last to push",
        ),
        (
            [note("grace", APPROVED, "2026-11-01T13:00:00.000Z")],
            {"approvals": (404, {"message": "404 Not found"})},
            "the forge does not list every commit, so its authors are unknown",
        ),
    ],
    ids=[
        "of the head",
        "before the push",
        "taken back",
        "a comment",
        "no time",
        "own push",
        "free",
    ],
)
def test_an_approval_counts_for_the_exact_head_alone(hub, notes, settings, expected):
    assert judged(hub, notes, **settings) == expected
