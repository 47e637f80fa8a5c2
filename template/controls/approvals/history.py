"""Which approvals were in force when: from git's history, and the forge's where one is given.

An approval is of one exact tree, and of the commits that have it; what a later commit makes of
that tree is approved anew or not at all. It is in force from the commit that brought it, which is
one of that stretch, until its last day has ended or its file is taken away: that the branch goes on
withdraws nothing from what was released. The people are those whom the commit before that tree
named, never the tree's own.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from controls import git
from controls.approvals import authors, evidence, merged, stands, statement
from controls.approvals.approval import Approval
from controls.approvals.people import STRICT
from controls.approvals.stands import ENDLESS, Stand
from controls.approvals.statement import Signed
from controls.approvals.tree import FOLDER
from controls.errors import ControlsError
from controls.forge.model import Forge

_BRANCH = "HEAD"


@dataclass(frozen=True, slots=True)
class _Lying:
    """A statement that lay in the branch from `since` until `until`."""

    signed: Signed
    commit: str
    since: datetime
    until: datetime


def in_force(
    root: Path,
    *,
    at: datetime | None = None,
    path: str = "",
    revisions: Collection[str] | None = None,
    forge: Forge | None = None,
) -> tuple[Approval, ...]:
    """Return every approval that is or was in force on the branch, oldest first.

    With `at` only those of that moment, with `path` only those of a role that answers for it, with
    `revisions` only those of one of these commits. The reviews of merged proposals count where
    `forge` is given; nothing else asks a network.

    Raises:
        ControlsError: when `root` is in no git repository, or the forge cannot be asked.
    """
    if git.commit(root, _BRANCH) is None:
        git.text(root, "rev-parse", "--git-dir")
        return ()
    commits = stands.first_parents(root, _BRANCH)
    lying = tuple(_statements(root, dict(commits)))
    if not lying and forge is None:
        return ()
    wanted = {one.signed.statement.tree for one in lying}
    every = (stand for stand in stands.of(root, commits) if _asked(stand, at, revisions))
    kept = [stand for stand in every if forge or stand.tree in wanted]
    manifests = git.objects(root, sorted({name for each in kept for name in stands.names(each)}))
    found = [
        approval
        for stand in kept
        for one in lying
        if (approval := _approval(root, stand, one, manifests))
    ]
    if forge:
        found += [one for stand in kept for one in merged.in_force(root, stand, manifests, forge)]
    held = (one for one in found if at is None or one.holds(at))
    asked = (one for one in held if not path or one.covers(path))
    return tuple(sorted(asked, key=lambda one: (one.since, one.role, one.principal)))


def _asked(stand: Stand, at: datetime | None, revisions: Collection[str] | None) -> bool:
    """Say whether an approval of `stand` could be one that was asked for."""
    then = at is None or stand.since <= at < stand.until_at_most
    return then and (revisions is None or not set(revisions).isdisjoint(stand.commits))


def _approval(
    root: Path, stand: Stand, one: _Lying, manifests: Mapping[str, bytes | None]
) -> Approval | None:
    claim = one.signed.statement
    since = max(stand.since, one.since)
    until = min(one.until, _expiry(claim.expires), stands.later(one.since))
    if claim.tree != stand.tree or since >= min(until, stand.until):
        return None
    powers = stands.powers(stand, manifests)
    role = next((role for role in powers.roles if role.role == claim.role), None)
    person = evidence.signer(role, one.signed) if role else None
    if role is None or person is None or claim.repository != powers.repository:
        return None
    made = authors.of(root, stand.base, stand.commits[0]) if powers.tier >= STRICT else ()
    if authors.among(person, made):
        return None
    return Approval(
        role=claim.role,
        principal=person.handle,
        name=person.name,
        evidence=evidence.SIGNATURE,
        file=one.signed.path,
        commit=one.commit,
        decision=claim.decision,
        tree=claim.tree,
        threshold=role.threshold,
        paths=role.paths,
        revisions=stand.commits,
        since=since,
        until=until,
    )


def _expiry(day: str) -> datetime:
    """Return the end of the last day; a date that cannot be read was over from the start."""
    try:
        last = date.fromisoformat(day)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(last, time(), UTC) + timedelta(days=1)


def _statements(root: Path, times: Mapping[str, datetime]) -> Iterator[_Lying]:
    """Yield each statement for as long as exactly it lay there; an edit ends it and begins one."""
    events = _events(root)
    touched = [(commit, stem) for commit, stems in events for stem in stems]
    blobs = git.objects(
        root, [f"{commit}:./{stem}{end}" for commit, stem in touched for end in statement.ENDINGS]
    )
    open_: dict[str, _Lying] = {}
    for commit, stem in touched:
        if stem in open_:
            yield replace(open_.pop(stem), until=times[commit])
        parts = [blobs[f"{commit}:./{stem}{end}"] for end in statement.ENDINGS]
        if parts[0] is not None and parts[1] is not None:
            try:
                signed = statement.parse(f"{stem}{statement.ENDINGS[0]}", parts[0], parts[1])
            except ControlsError:
                continue
            open_[stem] = _Lying(signed, commit, times[commit], ENDLESS)
    yield from open_.values()


def _events(root: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Return the commits that touched approvals, oldest first, with the stems of the files."""
    told = git.run(
        root,
        *("log", "--first-parent", "-m", "--reverse", "--format=%x1e%H", "--name-only", "-z"),
        *("--no-renames", "--relative", "--end-of-options", _BRANCH, "--", FOLDER),
    )
    found: list[tuple[str, tuple[str, ...]]] = []
    for record in told.decode(errors="surrogateescape").split("\x1e")[1:]:
        commit, _, names = record.partition("\0")
        paths = (name.strip("\n") for name in names.split("\0"))
        stems = (
            path.removesuffix(end)
            for path in paths
            for end in statement.ENDINGS
            if path.startswith(f"{FOLDER}/") and path.endswith(end) and "\n" not in path
        )
        found.append((commit.strip(), tuple(dict.fromkeys(stems))))
    return found
