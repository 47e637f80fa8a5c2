"""Finds the approvals that were in force for the code that ran, and what that code needed.

Which signature counts, from when and until when, is decided in `controls.approvals.history` alone;
where that cannot be asked, nothing was approved. Here each approval is laid beside the revisions
that had its tree, with the decision record and the key that its commit holds.
"""

import base64
import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from controls import catalogue
from controls.audit import history
from controls.audit.approval import Approval, Need, Ruling
from controls.errors import ControlsError
from controls.manifest import NAME
from controls.tracing import semconv

if TYPE_CHECKING:
    from controls.approvals.history import Approval as Recorded
    from controls.forge.model import Forge

Tiers = Mapping[object, Iterable[str]]  # tier → the roles that must approve it
Objects = Mapping[str, bytes | None]
NOWHERE = "the code that ran is in no commit that is known here"
CHANGED = "the code that ran was changed and not committed"
UNASKED = "controls/approvals/history.py is not here, so no approval can be proven"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAGIC = b"SSHSIG\0\0\0\1"  # OpenSSH's PROTOCOL.sshsig: magic, version, then the public key


def rulings(
    root: Path, revisions: Sequence[str], first: int, last: int, *, forge: "Forge | None" = None
) -> Mapping[str, Ruling]:
    """Return the ruling of each revision, as far as it was in force between the two moments.

    Reviews count where a `forge` is given, and are asked only for code that ran.

    Raises:
        ControlsError: when git fails, ssh-keygen is missing, or the forge cannot be asked.
    """
    commits = [revision for revision in revisions if _is_id(revision)]
    try:
        manifests = history.objects(root, [_manifest(each) for each in commits])
    except ControlsError:
        return dict.fromkeys(revisions, Ruling((), (), NOWHERE))  # in no repository
    every, unknown = _in_force(root, commits, forge)
    found = [one for one in every if _nano(one.since) <= last and _nano(one.until) > first]
    known = {**manifests, **_beside(root, found)}
    tiers: Tiers = {row.tier: row.roles for row in catalogue.load(root).tiers}
    return {each: _ruling(each, tiers, found, known, unknown) for each in revisions}


def _in_force(
    root: Path, commits: Sequence[str], forge: "Forge | None"
) -> "tuple[tuple[Recorded, ...], str]":
    """Return what approvals there were, or none and why nobody can tell."""
    try:
        from controls.approvals.history import in_force  # noqa: PLC0415  absent: fail closed
    except ImportError:
        return (), UNASKED
    return in_force(root, revisions=commits, forge=forge), ""


def _beside(root: Path, found: "Iterable[Recorded]") -> Objects:
    """Return decision record and signature, each as the approval's commit has it.

    What was reviewed need not be here: a forge can merge a commit that was never fetched.
    """
    names = [name for one in found if one.decision for name in (_decision(one), _signature(one))]
    return history.objects(root, names) if names else {}


def _ruling(
    revision: str, tiers: Tiers, found: "Iterable[Recorded]", known: Objects, unknown: str
) -> Ruling:
    manifest = known.get(_manifest(revision))
    if manifest is None:
        return Ruling((), (), CHANGED if revision.endswith(semconv.UNCOMMITTED) else NOWHERE)
    own = [one for one in found if revision in one.revisions and _decided(one, known)]
    needs = tuple(_needs(tiers, manifest, own))
    return Ruling(needs, tuple(_approval(one, known) for one in own), unknown)


def _needs(tiers: Tiers, manifest: bytes, own: "Sequence[Recorded]") -> Iterator[Need]:
    """Yield the roles of the tier, as the catalogue has them; else those that the manifest has.

    Where a change asks for fewer people than the manifest before it, the earlier number holds.
    """
    thresholds = {role.role: role.threshold for role in history.roles(manifest)}
    risk = history.part(manifest, "spec").get("risk")
    tier = risk.get("tier") if isinstance(risk, dict) else None
    for role in tiers.get(tier, thresholds):
        before = (one.threshold for one in own if one.role == role)
        yield Need(role, max((thresholds.get(role, 1), *before)))


def _approval(one: "Recorded", known: Objects) -> Approval:
    return Approval(
        paths=one.paths,
        role=one.role,
        principal=one.principal,
        evidence=_evidence(one, known.get(_signature(one))),
        decision=one.decision,
        file=one.file,
        commit=one.commit,
        since=_nano(one.since),
        until=_nano(one.until),
    )


def _evidence(one: "Recorded", signature: bytes | None) -> str:
    """Return what proves it: an account, or a key by the fingerprint that `ssh-keygen -l` prints.

    Approvals with the same evidence count once, so it differs from account to account.
    """
    if signature is None:
        return f"{one.evidence} by the account {one.principal}"
    key = _key(signature)
    if key is None:
        return one.evidence
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return f"SSH signature, key SHA256:{digest}"


def _key(signature: bytes) -> bytes | None:
    """Return the public key inside a signature, which it was verified with."""
    try:
        body = base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))
    except ValueError:
        return None
    if not body.startswith(_MAGIC) or len(body) < len(_MAGIC) + 4:
        return None
    (size,) = struct.unpack_from(">I", body, len(_MAGIC))
    return body[len(_MAGIC) + 4 :][:size]


def _decided(one: "Recorded", known: Objects) -> bool:
    """Say whether the decision record is there; a review of the forge names none."""
    if not one.decision:
        return True
    return one.decision.startswith("decisions/") and known.get(_decision(one)) is not None


def _decision(one: "Recorded") -> str:
    return _named(one.commit, one.decision)


def _signature(one: "Recorded") -> str:
    return _named(one.commit, f"{one.file.removesuffix('.json')}.sig")


def _manifest(revision: str) -> str:
    return _named(revision, NAME)


def _named(commit: str, path: str) -> str:
    """Return git's name of a file in a commit; a path that would be two lines is no file."""
    return f"{commit}:./{'' if chr(10) in path else path}"


def _is_id(revision: str) -> bool:
    return len(revision) in {40, 64} and all(char in "0123456789abcdef" for char in revision)


def _nano(moment: datetime) -> int:
    """Return a moment in nanoseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
