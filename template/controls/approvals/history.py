"""Which approvals were in force when: from git's history alone, each verified anew.

An approval is in force while the branch has exactly the tree that it names, from the commit that
brought it, until its last day has ended, the tree changes, or its file is taken away. The people
are those whom the commit before that tree named, never the tree's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from controls import git
from controls.approvals import authors, committed, evidence, people, statement
from controls.approvals.people import STRICT
from controls.approvals.statement import Signed
from controls.approvals.tree import FOLDER
from controls.errors import ControlsError
from controls.manifest import NAME

_ENDLESS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval for one role, in force from `since` until just before `until` (UTC).

    `evidence` is signature or review; `file` and `commit` are where it lies: the statement and the
    commit that brought it, or the review's URL and the reviewed commit. `revisions` are the
    commits that had the approved `tree` meanwhile; `threshold` is how many people the role needs.
    """

    role: str
    principal: str
    name: str
    evidence: str
    file: str
    commit: str
    decision: str
    tree: str
    threshold: int
    revisions: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Stand:
    """A stretch of the branch with one tree: its first commit's parent names who may approve."""

    tree: str
    base: str | None
    commits: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Lying:
    """A statement that lay in the branch from `since` until `until`."""

    signed: Signed
    commit: str
    since: datetime
    until: datetime


def in_force(root: Path, branch: str = "HEAD") -> tuple[Approval, ...]:
    """Return every approval that is or was in force on `branch`, oldest first.

    Raises:
        ControlsError: when `root` is in no git repository.
    """
    if git.commit(root, branch) is None:
        git.text(root, "rev-parse", "--git-dir")
        return ()
    commits = _first_parents(root, branch)
    lying = tuple(_statements(root, branch, dict(commits)))
    wanted = {one.signed.statement.tree for one in lying}
    stands = [stand for stand in _stands(root, commits) if stand.tree in wanted] if lying else []
    names = sorted({name for stand in stands for name in (stand.base, stand.commits[0]) if name})
    manifests = git.objects(root, [f"{commit}:./{NAME}" for commit in names])
    found = [
        approval
        for stand in stands
        for one in lying
        if (approval := _approval(root, stand, one, manifests))
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.role, one.principal)))


def _approval(
    root: Path, stand: _Stand, one: _Lying, manifests: Mapping[str, bytes | None]
) -> Approval | None:
    claim = one.signed.statement
    since, until = max(stand.since, one.since), min(stand.until, one.until, _expiry(claim.expires))
    if claim.tree != stand.tree or since >= until:
        return None
    after = manifests[f"{stand.commits[0]}:./{NAME}"]
    before = manifests[f"{stand.base}:./{NAME}"] if stand.base else None
    tier, repository = people.identity(after)
    roles = people.may_approve(people.of(before), people.of(after), tier)
    role = next((role for role in roles if role.role == claim.role), None)
    person = evidence.signer(role, one.signed) if role else None
    if role is None or person is None or claim.repository != repository:
        return None
    if tier >= STRICT and authors.among(person, authors.of(root, stand.base, stand.commits[0])):
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


def _first_parents(root: Path, branch: str) -> list[tuple[str, datetime]]:
    """Return commit and time, oldest first; a clock that went back does not turn time back."""
    told = git.text(
        root, "log", "--first-parent", "--reverse", "--format=%H %ct", "--end-of-options", branch
    )
    found: list[tuple[str, datetime]] = []
    latest = datetime.min.replace(tzinfo=UTC)
    for line in told.splitlines():
        commit, seconds = line.split()
        latest = max(latest, datetime.fromtimestamp(int(seconds), UTC))
        found.append((commit, latest))
    return found


def _stands(root: Path, commits: list[tuple[str, datetime]]) -> Iterator[_Stand]:
    trees = committed.trees(root, [commit for commit, _ in commits])
    current: _Stand | None = None
    before: str | None = None
    for commit, at in commits:
        tree = trees.get(commit, "")
        if current and current.tree == tree:
            current = replace(current, commits=(*current.commits, commit))
        else:
            if current:
                yield replace(current, until=at)
            current = _Stand(tree, before, (commit,), at, _ENDLESS)
        before = commit
    if current:
        yield current


def _statements(root: Path, branch: str, times: Mapping[str, datetime]) -> Iterator[_Lying]:
    """Yield each statement for as long as exactly it lay there; an edit ends it and begins one."""
    events = _events(root, branch)
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
            open_[stem] = _Lying(signed, commit, times[commit], _ENDLESS)
    yield from open_.values()


def _events(root: Path, branch: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the commits that touched approvals, oldest first, with the stems of the files."""
    told = git.run(
        root,
        *("log", "--first-parent", "-m", "--reverse", "--format=%x1e%H", "--name-only", "-z"),
        *("--no-renames", "--relative", "--end-of-options", branch, "--", FOLDER),
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
