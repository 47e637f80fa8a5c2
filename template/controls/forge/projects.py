"""Says which of GitLab's protections are live: of project, branch, approvals and environment. Pure.

They carry the names that GitHub's have in `rulesets`. What a token may not see is unknown, and
unknown is never live.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from controls.forge import answers, schedules
from controls.forge.model import Protection
from controls.forge.rulesets import Asked, told

_FAST = "release-fast"
_WEEKLY = "red-team-weekly"


@dataclass(frozen=True, slots=True)
class Release:
    """The environment of a release with its guard, and the schedules; None where none is told."""

    environment: str
    guard: Asked
    schedules: tuple[answers.Row, ...] | None


def protections(
    project: answers.Row, branch: Asked, approvals: Asked, release: Release
) -> tuple[Protection, ...]:
    """Return each protection, in the order of what an attacker would try."""
    name = answers.text(project, "default_branch") or "main"
    return (
        *_of_project(project),
        *_of_branch(name, branch),
        *_of_approvals(approvals),
        _environment(release),
        *_scheduled(release),
    )


def committers_kept_out(approvals: answers.Row) -> bool:
    """Say whether the project lets neither authors nor committers approve a merge request."""
    is_own = answers.at(approvals, "merge_requests_author_approval") is False
    return is_own and answers.true(approvals, "merge_requests_disable_committers_approval")


def _of_project(project: answers.Row) -> Iterator[Protection]:
    config = answers.text(project, "ci_config_path")
    passing = answers.true(project, "only_allow_merge_if_pipeline_succeeds")
    skipped = answers.true(project, "allow_merge_on_skipped_pipeline")
    merged = answers.true(project, "merge_pipelines_enabled")
    method = answers.text(project, "merge_method")
    pushes = "ci_push_repository_for_job_token_allowed"

    def of(name: str, key: str, hint: str, *, live: bool) -> Protection:
        return told(name, "the project", hint, live=live, known=key in project)

    hint = "settings, CI/CD, CI/CD configuration file: .gitlab-ci.yml@GROUP/PROJECT, a copy of it"
    yield of("required workflow", "ci_config_path", hint, live="@" in config)
    hint = "settings, merge requests: pipelines must succeed, and skipped ones do not count"
    key = "only_allow_merge_if_pipeline_succeeds"
    yield of("required check", key, hint, live=passing and not skipped)
    hint = "merged results pipelines, or a merge method that asks for a rebase"
    up_to_date = merged or method in {"ff", "rebase_merge"}
    yield of("checked on the target", "merge_method", hint, live=up_to_date)
    hint = "settings, CI/CD, job token permissions: no Git push"
    yield of("job token", pushes, hint, live=project.get(pushes) is False)


def _of_branch(name: str, branch: Asked) -> Iterator[Protection]:
    pushing = answers.rows(branch.found.get("push_access_levels"))
    nobody = bool(pushing) and all(row.get("access_level") == 0 for row in pushing)
    owners = answers.true(branch.found, "code_owner_approval_required")
    no_force = branch.found.get("allow_force_push") is False

    def of(protection: str, hint: str, *, live: bool) -> Protection:
        return told(protection, f"branch {name}", hint, live=live, known=branch.known)

    yield of("pull requests", "protected branches: no one is allowed to push", live=nobody)
    yield of("code-owner review", "protected branches: code owner approval", live=owners)
    yield of("force pushes", "protected branches: no force push", live=no_force)


def _of_approvals(approvals: Asked) -> Iterator[Protection]:
    reset = answers.true(approvals.found, "reset_approvals_on_push")
    kept_out = committers_kept_out(approvals.found)

    def of(name: str, hint: str, *, live: bool) -> Protection:
        return told(name, "approvals", hint, live=live, known=approvals.known)

    hint = "settings, merge requests: remove all approvals when commits are added"
    yield of("stale reviews", hint, live=reset)
    hint = "settings, merge requests: prevent approval by the author and by who adds commits"
    yield of("last push", hint, live=kept_out)


def _environment(release: Release) -> Protection:
    found = release.guard.found
    asks = answers.number(found, "required_approval_count") > 0
    rules = answers.rows(found.get("approval_rules"))
    hint = f"protected environments, {release.environment}: name the tier's approvers"
    where = f"environment {release.environment}"
    live, known = asks or bool(rules), release.guard.known
    return told("release reviewers", where, hint, live=live, known=known)


def _scheduled(release: Release) -> Iterator[Protection]:
    for name, cron in schedules.CRONS.items():
        if name in schedules.OPTIONAL or (name == _WEEKLY and release.environment == _FAST):
            continue
        hint = f"pipeline schedules: {cron}, with the variable {schedules.VARIABLE}={name}"
        rows = release.schedules
        known = rows is not None and all("variables" in row for row in rows)
        live = any(_runs(row, name) for row in rows or ())
        yield told(f"schedule {name}", "pipeline schedules", hint, live=live, known=known)


def _runs(row: answers.Row, name: str) -> bool:
    said = answers.rows(row.get("variables"))
    names = (one for one in said if one.get("key") == schedules.VARIABLE)
    return answers.true(row, "active") and any(one.get("value") == name for one in names)
