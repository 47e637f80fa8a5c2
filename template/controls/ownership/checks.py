"""OWN-1 and OWN-2: people are named for the workflow, its approvals and its model endpoints.

A name that is not there yet is pending; a team in a person's place, a review that is overdue and a
CODEOWNERS that says something else than the manifest are failed.
"""

from collections.abc import Iterator
from datetime import date

from controls.check.model import Context, Finding, Outcome
from controls.decisions import record
from controls.document import Step
from controls.manifest import NAME, Endpoint, Role
from controls.ownership import codeowners
from controls.template import answers

ASSESSMENT = ("assessed_by", "assessed_on", "review_by")


def owner(context: Context) -> Outcome:
    """Return whether owner, assessor and approvers are people who are named.

    `n` counts the names and days that the manifest asks for.
    """
    wrong = [*_teams(context), *_overdue(context), *_unexplained(context), *_codeowners(context)]
    missing = [*_unnamed(context), *_unassessed(context), *_unfilled(context)]
    n = 1 + len(ASSESSMENT) + sum(role.threshold for role in context.manifest.approvals)
    if wrong:
        return Outcome.failed(n, NAME, *wrong, *missing)
    return Outcome.pending(n, NAME, *missing) if missing else Outcome.ok(n, NAME)


def endpoint_owners(context: Context) -> Outcome:
    """Return whether each endpoint that may see data has one accountable person.

    `n` counts all endpoints; one whose `allowed_data` is empty can never be called and needs none.
    """
    models = list(enumerate(context.manifest.models))
    wrong = [
        _team(context, endpoint.owner, ("spec", "models", index, "owner"))
        for index, endpoint in models
        if _is_team(endpoint.owner)
    ]
    missing = [
        _finding(context, f"{endpoint.ref} has no owner", "spec", "models", index, "owner")
        for index, endpoint in models
        if _open(endpoint) and not endpoint.owner
    ]
    if wrong:
        return Outcome.failed(len(models), NAME, *wrong, *missing)
    return (
        Outcome.pending(len(models), NAME, *missing) if missing else Outcome.ok(len(models), NAME)
    )


def _open(endpoint: Endpoint) -> bool:
    return bool(endpoint.allowed_data)


def _unnamed(context: Context) -> Iterator[Finding]:
    if not context.manifest.owner:
        yield _finding(context, "spec.owner is not named", "spec", "owner")


def _unassessed(context: Context) -> Iterator[Finding]:
    risk = context.manifest.raw["spec"]["risk"]
    for key in ASSESSMENT:
        if not risk[key]:
            yield _finding(context, f"spec.risk.{key} is not set", "spec", "risk", key)


def _unfilled(context: Context) -> Iterator[Finding]:
    for index, role in enumerate(context.manifest.approvals):
        named = len({person.handle for person in role.principals})
        if named < role.threshold:
            message = f"role {role.role!r} names {named} of {role.threshold}"
            yield _finding(context, message, "spec", "approvals", index, "principals")


def _overdue(context: Context) -> Iterator[Finding]:
    due = context.manifest.raw["spec"]["risk"]["review_by"]
    if due and date.fromisoformat(due) < context.today:
        message = f"the review of the risk was due on {due}"
        yield _finding(context, message, "spec", "risk", "review_by")


def _unexplained(context: Context) -> Iterator[Finding]:
    named = context.manifest.raw["spec"]["risk"]["rationale"]
    if not (record.is_record(named) and (context.root / named).is_file()):
        message = f"spec.risk.rationale is {named!r}, which is no decision record here"
        yield _finding(context, message, "spec", "risk", "rationale")


def _teams(context: Context) -> Iterator[Finding]:
    if _is_team(context.manifest.owner):
        yield _team(context, context.manifest.owner, ("spec", "owner"))
    for index, role in enumerate(context.manifest.approvals):
        for place, handle in _handles(role):
            if _is_team(handle):
                yield _team(context, handle, ("spec", "approvals", index, "principals", place))


def _handles(role: Role) -> Iterator[tuple[int, str]]:
    return ((index, person.handle) for index, person in enumerate(role.principals))


def _is_team(handle: str | None) -> bool:
    return handle is not None and handle.startswith("@") and "/" in handle


def _team(context: Context, handle: str | None, path: tuple[Step, ...]) -> Finding:
    return _finding(context, f"{handle!r} is a team, and a team cannot answer", *path)


def _codeowners(context: Context) -> Iterator[Finding]:
    ci = answers.load(context.root).ci
    place = codeowners.place(ci)
    path = context.root / place
    if ci == "none" and not path.exists():
        return
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    if written != codeowners.text(context.manifest):
        yield Finding(
            f"it does not say what {NAME} implies",
            place.as_posix(),
            hint="python -m controls owners --write",
        )


def _finding(context: Context, message: str, *path: Step) -> Finding:
    return Finding(message, NAME, context.manifest.line(*path))
