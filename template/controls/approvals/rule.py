"""Judges approvals: who of each role has approved exactly this tree, and what is still missing.

One person counts once in a role, however many keys, handles and reviews there are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from controls.approvals import evidence, people, ssh
from controls.approvals.evidence import Evidence, Ignored
from controls.approvals.subject import Subject
from controls.check.model import Finding
from controls.manifest import NAME, Manifest, Role


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one role stands: who approved, how many must, and what keeps it from being enough.

    `named` says whether enough people are named who could approve.
    """

    role: str
    approved: tuple[Evidence, ...]
    needed: int
    named: bool
    pending: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What there is for one tree: each role's standing, and approvals that must not be there."""

    tree: str
    standings: tuple[Standing, ...]
    wrong: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[Finding, ...]:
        """Everything that keeps a role from having approved."""
        return tuple(finding for standing in self.standings for finding in standing.pending)


def review(subject: Subject, manifest: Manifest, roles: Iterable[str], today: date) -> Review:
    """Return how `roles` stand on `subject`; `manifest` only gives findings their lines."""
    found = [*evidence.signatures(subject, today), *evidence.reviewed(subject)]
    valid = [one for one in found if isinstance(one, Evidence)]
    ignored = [one for one in found if isinstance(one, Ignored)]
    standings = tuple(_standing(subject, manifest, role, valid, ignored) for role in roles)
    wrong = tuple(one for one in found if isinstance(one, Finding))
    return Review(subject.tree, standings, wrong)


def _standing(
    subject: Subject,
    manifest: Manifest,
    name: str,
    valid: list[Evidence],
    ignored: list[Ignored],
) -> Standing:
    approved: list[Evidence] = []
    for one in valid:
        if one.role == name and not any(people.same(one.person, a.person) for a in approved):
            approved.append(one)
    role = subject.role(name)
    needed = role.threshold if role else 1
    missing = [*_missing(subject, manifest, name, role, needed - len(approved))]
    if missing:
        missing += [one.finding for one in ignored if one.role == name]
    able = len(people.named(role)) >= needed if role else False
    return Standing(name, tuple(approved), needed, able, tuple(missing))


def _missing(
    subject: Subject, manifest: Manifest, name: str, role: Role | None, short: int
) -> Iterator[Finding]:
    if short <= 0:
        return
    if role is None:
        line = manifest.line("spec", "approvals")
        yield Finding(f"role {name!r} is not in spec.approvals", NAME, line, f"add role: {name}")
        return
    able = [person for person in people.named(role) if ssh.material(person.key)]
    line = _line(manifest, name)
    if not people.named(role):
        yield _nobody(manifest, name, line)
    elif len(people.named(role)) < role.threshold or (
        not subject.proposals and len(able) < role.threshold
    ):
        yield Finding(
            f"too few people of role {name!r} have an SSH key", NAME, line, "add their key"
        )
    else:
        who = ", ".join(person.handle for person in people.named(role))
        yield Finding(
            f"tree {subject.tree[:12]} is not approved for role {name!r} ({who})",
            NAME,
            line,
            f"python -m controls approvals sign --role {name} --key PATH, or a review of the head",
        )


def _nobody(manifest: Manifest, name: str, line: int) -> Finding:
    now = next((role for role in manifest.approvals if role.role == name), None)
    if now and people.named(now):
        message = f"nobody was named for role {name!r} before this change"
        hint = "from tier 3 on, merge the naming of the approvers first, then ask them"
        return Finding(message, NAME, line, hint)
    return Finding(f"nobody is named for role {name!r}", NAME, line, "add name, handle and key")


def _line(manifest: Manifest, name: str) -> int:
    names = [role.role for role in manifest.approvals]
    if name not in names:
        return manifest.line("spec", "approvals")
    return manifest.line("spec", "approvals", names.index(name), "principals")
