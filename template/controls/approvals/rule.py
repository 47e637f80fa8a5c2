"""Judges approvals: who of a role signed exactly this tree, and which approvals are false (APR-1).

Only signatures count: front matter and trailers can be written by anybody. An approval of another
tree is history and counts for nothing, good or bad.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from controls.approvals import ssh, statement, tree
from controls.approvals.statement import Signed
from controls.check.model import Finding
from controls.errors import ControlsError
from controls.manifest import Manifest, Principal, Role

_AGAIN = "delete it and sign again: python -m controls approvals sign"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one role stands: who signed, how many must, and what keeps it from being enough."""

    role: str
    signed: tuple[str, ...]
    needed: int
    pending: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What lies there for one tree: each role's standing, and approvals that must not be there."""

    tree: str
    standings: tuple[Standing, ...]
    wrong: tuple[Finding, ...]


def review(root: Path, manifest: Manifest, roles: tuple[str, ...], today: date) -> Review:
    """Return how `roles` stand on the tree at `root`.

    Raises:
        ControlsError: when `root` is in no git repository.
    """
    current = tree.of(root)
    wrong: list[Finding] = []
    valid: list[tuple[str, Principal]] = []
    for path in statement.names(root):
        try:
            signed = statement.read(root, path)
        except ControlsError as error:
            wrong.append(Finding(error.message, path, 1, error.hint or _AGAIN))
            continue
        if signed.statement.tree != current:
            continue
        verdict = _judge(root, manifest, signed, today)
        if isinstance(verdict, Finding):
            wrong.append(verdict)
        else:
            valid.append((signed.statement.role, verdict))
    standings = tuple(_standing(manifest, role, valid, current) for role in roles)
    return Review(current, standings, tuple(wrong))


def named(role: Role) -> tuple[Principal, ...]:
    """Return the people of a role; two entries with one handle are one person."""
    people = {person.handle: person for person in role.principals if person.name and person.handle}
    return tuple(people.values())


def _judge(root: Path, manifest: Manifest, signed: Signed, today: date) -> Finding | Principal:
    """Return who signed, or why the approval is not one."""
    claim = signed.statement
    if claim.repository != manifest.name:
        return Finding(f"approval is for repository {claim.repository!r}", signed.path, 1, _AGAIN)
    if not _is_record(root, claim.decision):
        return Finding(
            f"approval names no decision record: {claim.decision!r}", signed.path, 1, _AGAIN
        )
    if claim.expired(today):
        return Finding(
            f"approval of {claim.role!r} expired on {claim.expires}", signed.path, 1, _AGAIN
        )
    people = [
        person for role in manifest.approvals if role.role == claim.role for person in named(role)
    ]
    for person in people:
        if ssh.verifies(person.key, signed.blob, signed.signature):
            return person
    message = f"signature is not by a person whom ai-workflow.yaml names for {claim.role!r}"
    return Finding(message, signed.path, 1, _AGAIN)


def _is_record(root: Path, path: str) -> bool:
    return path.startswith("decisions/") and ".." not in path and (root / path).is_file()


def _standing(
    manifest: Manifest, role: str, valid: list[tuple[str, Principal]], current: str
) -> Standing:
    index = next((i for i, entry in enumerate(manifest.approvals) if entry.role == role), None)
    needed = manifest.approvals[index].threshold if index is not None else 1
    keys = {ssh.material(person.key): person.handle for name, person in valid if name == role}
    signed = tuple(sorted(keys.values()))
    missing = tuple(_missing(manifest, role, index, needed - len(signed), current))
    return Standing(role, signed, needed, missing)


def _missing(
    manifest: Manifest, role: str, index: int | None, short: int, current: str
) -> Iterator[Finding]:
    name = "ai-workflow.yaml"
    if index is None:
        line = manifest.line("spec", "approvals")
        yield Finding(f"role {role!r} is not in spec.approvals", name, line, f"add role: {role}")
        return
    line = manifest.line("spec", "approvals", index, "principals")
    people = named(manifest.approvals[index])
    able = [person for person in people if ssh.material(person.key)]
    if not people:
        yield Finding(f"nobody is named for role {role!r}", name, line, "add name, handle and key")
    elif len(able) < manifest.approvals[index].threshold:
        yield Finding(
            f"too few people of role {role!r} have an SSH key", name, line, "add their key"
        )
    elif short > 0:
        hint = f"python -m controls approvals sign --role {role} --key PATH"
        who = ", ".join(person.handle for person in people)
        yield Finding(
            f"tree {current[:12]} is not signed for role {role!r} ({who})", name, line, hint
        )
