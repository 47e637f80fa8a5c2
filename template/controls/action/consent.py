"""Who agreed to an act: two different people, each with a signature over exactly that act.

A signature is over the act's digest, in a namespace of its own, so that an approval of a tree is
none of an act. Who may sign stands in the manifest of the last commit, not in the one that lies
here: whoever can write here does not choose who agrees. What does not count is said, and why.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from controls import git, manifest
from controls.action import files, proposal
from controls.action.proposal import Action
from controls.action.shown import shown
from controls.approvals import people, ssh
from controls.errors import ControlsError
from controls.gateway.refusal import Refused
from controls.manifest import Principal

NAMESPACE = "prooflane-action"
NEEDED = 2
RULE = "two-person"
_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Statement:
    """What an approver signs: this act, of this repository, until `expires` at the latest."""

    action: str
    repository: str
    expires: str

    def to_bytes(self) -> bytes:
        """Return the canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's approval; `id` is the digest of statement and signature."""

    person: Principal
    id: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The approvals that count, and why the others do not."""

    given: tuple[Consent, ...]
    refused: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether two people agreed."""
        return len(self.given) >= NEEDED


def sign(root: Path, action: Action, key: Path, expires: str) -> Path:
    """Write the approval of `action` by the owner of `key`, and return its path.

    Raises:
        ControlsError: when the manifest of the last commit does not name that key.
    """
    person = _owner(approvers(root), ssh.public_key(key))
    if person is None:
        raise ControlsError(
            f"{str(key)!r} is the key of nobody whom {manifest.NAME} of the last commit names",
            "commit the public key in spec.approvals[].principals[].key first",
        )
    blob = Statement(action.digest, action.repository, expires).to_bytes()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", person.handle.lstrip("@"))
    place = proposal.folder(root, action.id) / f"approval-{name}.json"
    signed = {place.with_suffix(".sig"): ssh.sign(key, blob, NAMESPACE), place: blob}
    for path, content in signed.items():  # the folder may have come from anywhere, links in it too
        files.put(root, path.relative_to(root).as_posix(), content)
    return place


def approvers(root: Path) -> tuple[Principal, ...]:
    """Return the people with a key whom the manifest of the last commit names, each once.

    Raises:
        ControlsError: when there is no commit to ask.
    """
    name = f"HEAD:./{manifest.NAME}"
    blob = git.objects(root, [name])[name] if git.commit(root, "HEAD") else None
    found: list[Principal] = []
    for person in (person for role in people.of(blob) for person in people.named(role)):
        if ssh.material(person.key) and not any(people.same(person, known) for known in found):
            found.append(person)
    return tuple(found)


def count(root: Path, action: Action, now: datetime) -> Counted:
    """Return the approvals of `action` that count at `now`.

    Raises:
        ControlsError: when git or ssh-keygen is missing.
    """
    known = approvers(root)
    given: list[Consent] = []
    refused: list[str] = []
    for path in sorted(proposal.folder(root, action.id).glob("approval-*.json")):
        found = _judged(path, action, known, now)
        if isinstance(found, str):
            refused.append(f"{shown(path.name)} {found}")
        elif any(people.same(found.person, other.person) for other in given):
            refused.append(f"{shown(path.name)} is by {found.person.handle} a second time")
        else:
            given.append(found)
    return Counted(tuple(given), tuple(refused))


def require(root: Path, action: Action, now: datetime) -> Counted:
    """Return the approvals of `action`, where two people gave one.

    Raises:
        Refused: with what there is, and why the rest does not count.
    """
    found = count(root, action, now)
    if found.enough:
        return found
    told = f"act {action.id} has {len(found.given)} of {NEEDED} approvals"
    who = ", ".join(consent.person.handle for consent in found.given)
    reasons = "".join(f"; {reason}" for reason in found.refused)
    raise Refused(
        f"{told}{f' ({who})' if who else ''}{reasons}",
        f"python -m controls action approve {action.id} --key PATH, by two different people",
        RULE,
    )


def _judged(path: Path, action: Action, known: Sequence[Principal], now: datetime) -> Consent | str:
    """Return whose approval `path` is, or why it is none."""
    try:
        blob, signature = _read(path), _read(path.with_suffix(".sig"))
        statement = Statement(**json.loads(blob))
        odd = statement.to_bytes() != blob
    except (OSError, ValueError, TypeError, RecursionError):
        odd = True
    if odd:
        return "is no approval"
    if statement.repository != action.repository:
        return f"is for repository {statement.repository!r}"
    if statement.action != action.digest:
        return "is for another act"
    if proposal.over(statement.expires, now):
        return f"expired at {shown(str(statement.expires))}"
    for person in known:
        if ssh.verifies(person.key, blob, signature, NAMESPACE):
            return Consent(person, hashlib.sha256(blob + signature).hexdigest())
    return "is not signed by a person whom the manifest of the last commit names"


def _owner(known: Sequence[Principal], key: str) -> Principal | None:
    return next((person for person in known if ssh.material(person.key) == key), None)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LIMIT)


def said(counted: Counted) -> Iterator[str]:
    """Yield a line for each approval, and for each file that is none."""
    yield from (f"✓ {consent.person.handle}" for consent in counted.given)
    yield from (f"✗ {reason}" for reason in counted.refused)
