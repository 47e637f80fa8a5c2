"""Says which of GitHub's protections are live, from its rulesets and its classic branch protection.

Pure. A protection counts when either of the two asks for it. What a token may not see is unknown,
and unknown is never live.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from controls.forge import answers
from controls.forge.model import Live, Protection

GATE = ".github/workflows/pr-gate.yml"
CHECK = "all-green"
_ASK = "a token that may read the repository's administration would tell"


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that may have been refused (`known` is false) or empty (there is no such thing)."""

    known: bool
    found: answers.Row


Rules = Mapping[str, tuple[answers.Row, ...]]


def of(rows: Iterable[object]) -> Rules:
    """Return the active rules of a branch as type -> the parameters of each rule of that type."""
    found: dict[str, tuple[answers.Row, ...]] = {}
    for one in rows:
        kind = answers.text(one, "type")
        found[kind] = (*found.get(kind, ()), answers.row(answers.at(one, "parameters")))
    return found


def protections(
    branch: str, rules: Rules, classic: Asked, environment: str, guard: Asked
) -> tuple[Protection, ...]:
    """Return each protection, in the order of what an attacker would try."""
    return (
        *_of_branch(branch, rules, classic),
        _environment(environment, guard),
    )


def _of_branch(branch: str, rules: Rules, classic: Asked) -> Iterator[Protection]:
    reviews = answers.at(classic.found, "required_pull_request_reviews")
    pulls = rules.get("pull_request", ())

    def asked(name: str, old: str) -> bool:
        return any(answers.true(one, name) for one in pulls) or answers.true(reviews, old)

    def of(name: str, hint: str, *, live: bool) -> Protection:
        return told(name, f"branch {branch}", hint, live=live, known=classic.known)

    yield _workflow(branch, rules)
    yield of(
        "required check", f"require the check {CHECK!r}", live=CHECK in _checks(rules, classic)
    )
    yield of("pull requests", "require a pull request", live=bool(pulls) or reviews is not None)
    yield of(
        "code-owner review",
        "require review from code owners",
        live=asked("require_code_owner_review", "require_code_owner_reviews"),
    )
    yield of(
        "stale reviews",
        "dismiss approvals when new commits are pushed",
        live=asked("dismiss_stale_reviews_on_push", "dismiss_stale_reviews"),
    )
    yield of(
        "last push",
        "require approval of the last push by somebody else",
        live=asked("require_last_push_approval", "require_last_push_approval"),
    )
    yield of("force pushes", "block force pushes", live=_no_force(rules, classic))


def _workflow(branch: str, rules: Rules) -> Protection:
    """Return whether a ruleset runs the gate's own file: the only thing that a change cannot edit.

    Classic branch protection has no such rule.
    """
    paths = [
        answers.text(workflow, "path")
        for rule in rules.get("workflows", ())
        for workflow in answers.rows(answers.at(rule, "workflows"))
    ]
    hint = f"a ruleset of the organisation: require the workflow {GATE} of the default branch"
    return told("required workflow", f"branch {branch}", hint, live=GATE in paths, known=True)


def _checks(rules: Rules, classic: Asked) -> set[str]:
    old = answers.at(classic.found, "required_status_checks")
    contexts = answers.at(old, "contexts")
    return {
        *(
            answers.text(check, "context")
            for rule in rules.get("required_status_checks", ())
            for check in answers.rows(answers.at(rule, "required_status_checks"))
        ),
        *(answers.text(check, "context") for check in answers.rows(answers.at(old, "checks"))),
        *(map(str, contexts) if isinstance(contexts, list) else ()),
    }


def _no_force(rules: Rules, classic: Asked) -> bool:
    said = answers.at(classic.found, "allow_force_pushes", "enabled")
    return "non_fast_forward" in rules or said is False


def _environment(name: str, guard: Asked) -> Protection:
    rules = answers.rows(answers.at(guard.found, "protection_rules"))
    live = any(
        answers.text(rule, "type") == "required_reviewers" and answers.rows(rule.get("reviewers"))
        for rule in rules
    )
    hint = f"settings, environments, {name}: name the tier's approvers as required reviewers"
    return told("release reviewers", f"environment {name}", hint, live=live, known=guard.known)


def told(name: str, where: str, hint: str, *, live: bool, known: bool) -> Protection:
    """Return a protection of `where`: live, missing with the hint, or unknown."""
    if live:
        return Protection(name, Live.ok, f"live: {where}")
    if not known:
        return Protection(
            name, Live.unknown, f"this token may not see the protections of {where}", _ASK
        )
    return Protection(name, Live.missing, f"not live: {where}", hint)
