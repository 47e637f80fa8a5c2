"""Who may approve a change: the people whom the commit before it names, and who is one person.

A change never chooses its own approvers. Where the base names nobody for a role, the first people
come with the change itself, up to tier 2; from tier 3 on their naming must be merged first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from controls import document
from controls.approvals import ssh
from controls.errors import ControlsError
from controls.forge import answers
from controls.gateway import normalise
from controls.manifest import NAME, Manifest, Principal, Role

HIGHEST = 4
STRICT = 3  # the tier from which an approver is always somebody else than the author


def named(role: Role) -> tuple[Principal, ...]:
    """Return the people of a role, each once."""
    found: list[Principal] = []
    for person in role.principals:
        if person.name and person.handle and not any(same(person, other) for other in found):
            found.append(person)
    return tuple(found)


def same(one: Principal, other: Principal) -> bool:
    """Say whether two entries are one person: a name, a handle or a key in common is enough.

    As they are read: a letter of another script, or one that nobody sees, makes nobody two people.
    """
    key = ssh.material(one.key)
    return (
        _words(one.handle) == _words(other.handle)
        or _words(one.name) == _words(other.name)
        or (key is not None and key == ssh.material(other.key))
    )


def may_approve(
    base: tuple[Role, ...] | None, change: tuple[Role, ...], tier: int
) -> tuple[Role, ...]:
    """Return each role with the people who may approve in its name, and how many must.

    `base` is None where there is no commit before the change. The higher threshold counts.
    """
    before = {role.role: role for role in base or ()}
    after = {role.role: role for role in change}
    return tuple(
        _role(before.get(name), after.get(name), tier) for name in dict.fromkeys((*before, *after))
    )


def _role(base: Role | None, change: Role | None, tier: int) -> Role:
    role = base or change
    if role is None:
        raise ValueError("a role is in the base or in the change")
    threshold = max(known.threshold for known in (base, change) if known)
    if base and named(base):
        return replace(base, threshold=threshold)
    people = change.principals if change and tier < STRICT else ()
    return replace(role, principals=people, threshold=threshold)


def of(manifest: bytes | None) -> tuple[Role, ...]:
    """Return the roles that the bytes of a manifest name; what is malformed names nobody."""
    entries = answers.at(_data(manifest), "spec", "approvals")
    return tuple(_roles(entries if isinstance(entries, list) else []))


def identity(manifest: bytes | None) -> tuple[int, str]:
    """Return tier and repository of a manifest's bytes; a tier that is not said is the highest."""
    data = _data(manifest)
    tier = answers.at(data, "spec", "risk", "tier")
    known = isinstance(tier, int) and not isinstance(tier, bool)
    return int(str(tier)) if known else HIGHEST, answers.text(data, "metadata", "name")


def alone(manifest: Manifest) -> str:
    """Return the one person who fills every role and owns the workflow, or nothing.

    Nothing also where a role is still empty: that is pending for its own reason.
    """
    people = [person for role in manifest.approvals for person in named(role)]
    if not people or any(not named(role) for role in manifest.approvals):
        return ""
    owner = Principal(manifest.owner, manifest.owner, "") if manifest.owner else people[0]
    return people[0].handle if all(same(person, owner) for person in people) else ""


def _data(manifest: bytes | None) -> object:
    try:
        return None if manifest is None else document.parse(manifest, NAME).data
    except ControlsError:
        return None


def _roles(entries: Iterable[object]) -> Iterator[Role]:
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("role"), str):
            people, paths = entry.get("principals"), entry.get("paths")
            threshold = entry.get("threshold")
            yield Role(
                entry["role"],
                tuple(_people(people if isinstance(people, list) else [])),
                threshold if isinstance(threshold, int) and threshold > 0 else 1,
                tuple(map(str, paths)) if isinstance(paths, list) else (),
            )


def _people(entries: Iterable[object]) -> Iterator[Principal]:
    for entry in entries:
        if isinstance(entry, dict):
            yield Principal(*(str(entry.get(part) or "") for part in ("name", "handle", "key")))


def _words(name: str) -> str:
    return " ".join(normalise.plain(name).casefold().split())
