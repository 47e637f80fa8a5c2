"""Finds the approvals that git records: SSH signatures over the tree of the code that ran.

In force from the commit that brought statement and signature until the end of the day that the
statement names, or until a commit takes either away. Who may approve says the manifest before that
commit; where it names nobody for the role, the one with it. What is in the work tree alone counts
for nothing.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from controls import catalogue
from controls.approvals import ssh
from controls.approvals.statement import Statement
from controls.approvals.tree import FOLDER
from controls.audit import history
from controls.audit.approval import Approval, Need, Ruling
from controls.audit.history import Change
from controls.errors import ControlsError
from controls.manifest import NAME, Role

FOREVER = 2**63 - 1
Tiers = Mapping[object, Iterable[str]]  # tier → the roles that must approve it
_NS = 1_000_000_000
_UNKNOWN = "the code that ran is in no commit that is known here"


@dataclass(frozen=True, slots=True)
class _Version:
    """A statement as one commit left it, until the next that touched it; times in nanoseconds."""

    stem: str
    commit: str
    since: int
    until: int


def rulings(root: Path, revisions: Sequence[str], first: int, last: int) -> Mapping[str, Ruling]:
    """Return the ruling of each revision, as far as it was in force between the two moments.

    Raises:
        ControlsError: when git fails, or ssh-keygen is missing.
    """
    try:
        trees = history.trees(root, filter(_is_id, revisions))
        touched = history.changes(root, FOLDER) if trees else []
    except ControlsError:
        trees, touched = {}, []  # in no repository, or one without a commit
    versions = [v for v in _versions(touched) if v.since <= last and v.until > first]
    known = history.objects(root, [*_named(versions), *(f"{each}:./{NAME}" for each in trees)])
    signed = [(version, claim) for version in versions if (claim := _claim(version, known))]
    signed = [(version, claim) for version, claim in signed if claim.tree in trees.values()]
    decided = _decisions(root, signed)
    tiers: Tiers = {row.tier: row.roles for row in catalogue.load(root).tiers}
    made: dict[str, list[Approval]] = {}
    for version, claim in signed:
        if (version.commit, claim.decision) in decided:
            made.setdefault(claim.tree, []).extend(_approvals(version, claim, known))
    return {
        revision: _ruling(tiers, known[f"{revision}:./{NAME}"], made.get(trees[revision], []))
        if revision in trees
        else Ruling((), (), _UNKNOWN)
        for revision in revisions
    }


def _is_id(revision: str) -> bool:
    return len(revision) in {40, 64} and all(char in "0123456789abcdef" for char in revision)


def _versions(changes: Sequence[Change]) -> Iterator[_Version]:
    """Yield each state of each statement: a change of it, or of its signature, begins another."""
    events: dict[str, dict[str, int]] = {}
    for change in changes:
        path = Path(change.path)
        if path.parent.as_posix() == FOLDER and path.suffix in {".json", ".sig"}:
            events.setdefault(f"{FOLDER}/{path.stem}", {})[change.commit] = change.at * _NS
    for stem, commits in events.items():
        ends = [*commits.items(), ("", FOREVER)]
        for (commit, since), (_, until) in pairwise(ends):
            yield _Version(stem, commit, since, until)


def _named(versions: Sequence[_Version]) -> Iterator[str]:
    for version in versions:
        yield from _files(version)
        yield from _manifests(version)


def _files(version: _Version) -> tuple[str, str]:
    stem = f"{version.commit}:./{version.stem}"
    return f"{stem}.json", f"{stem}.sig"


def _manifests(version: _Version) -> tuple[str, str]:
    return f"{version.commit}^:./{NAME}", f"{version.commit}:./{NAME}"


def _claim(version: _Version, known: Mapping[str, bytes | None]) -> Statement | None:
    blob, signature = (known[name] for name in _files(version))
    if blob is None or signature is None:
        return None
    try:
        claim = Statement(**json.loads(blob))
        return claim if claim.to_bytes() == blob else None
    except (ValueError, TypeError):
        return None


def _decisions(
    root: Path, signed: Sequence[tuple[_Version, Statement]]
) -> frozenset[tuple[str, str]]:
    """Return those pairs of commit and decision record where the commit has the record."""
    pairs = {
        (version.commit, claim.decision)
        for version, claim in signed
        if claim.decision.startswith("decisions/") and "\n" not in claim.decision
    }
    names = {f"{commit}:./{path}": (commit, path) for commit, path in pairs}
    found = history.objects(root, names)
    return frozenset(pair for name, pair in names.items() if found[name] is not None)


def _approvals(
    version: _Version, claim: Statement, known: Mapping[str, bytes | None]
) -> Iterator[Approval]:
    """Yield the approval, if it is signed for this repository by somebody who may."""
    before, after = (known[name] for name in _manifests(version))
    until = min(version.until, _end(claim.expires))
    if claim.repository != history.part(after, "metadata").get("name") or until <= version.since:
        return
    blob, signature = (known[name] or b"" for name in _files(version))
    for role in _named_in(claim.role, before) or _named_in(claim.role, after):
        for person in role.principals:
            if person.key and ssh.verifies(person.key, blob, signature):
                yield Approval(
                    role.paths, role.role, person.handle, _evidence(person.key), claim.decision,
                    f"{version.stem}.json", version.commit, version.since, until,
                )  # fmt: skip
                return


def _named_in(name: str, manifest: bytes | None) -> list[Role]:
    return [role for role in history.roles(manifest) if role.role == name and role.principals]


def _evidence(key: str) -> str:
    """Return what proves it, by the fingerprint that `ssh-keygen -l` prints of the key."""
    body = base64.b64decode(key.split()[1])
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    return f"SSH signature, key SHA256:{digest}"


def _end(day: str) -> int:
    """Return the end of a day (UTC) in nanoseconds, 0 when it is no day."""
    try:
        last = datetime.combine(datetime.fromisoformat(day).date(), time.min, UTC)
    except ValueError:
        return 0
    return int((last + timedelta(days=1)).timestamp()) * _NS


def _ruling(tiers: Tiers, manifest: bytes | None, approvals: Sequence[Approval]) -> Ruling:
    if manifest is None:
        return Ruling((), (), f"the code that ran has no {NAME}")
    return Ruling(_needs(tiers, manifest), tuple(approvals))


def _needs(tiers: Tiers, manifest: bytes) -> tuple[Need, ...]:
    """Return the roles of the tier, as the catalogue has them; else those that the manifest has."""
    thresholds = {role.role: role.threshold for role in history.roles(manifest)}
    risk = history.part(manifest, "spec").get("risk")
    tier = risk.get("tier") if isinstance(risk, dict) else None
    return tuple(Need(role, thresholds.get(role, 1)) for role in tiers.get(tier, thresholds))
