"""Asks the checkpoints, those that were ever committed and those that lie here, about the trail.

A checkpoint that was edited or deleted after its commit still counts as it was committed first. The
last one must be signed by a person whom the manifest names, today or when it was committed; those
before it need no signature, for its root covers what they speak of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from controls import git
from controls.approvals import ssh
from controls.audit import checkpoint, history
from controls.audit.checkpoint import Checkpoint
from controls.audit.verify import Verdict
from controls.errors import ControlsError
from controls.manifest import NAME, Manifest


@dataclass(frozen=True, slots=True)
class Witness:
    """A checkpoint as it was found; `commit` brought it, empty where none did."""

    path: str
    checkpoint: Checkpoint
    blob: bytes
    signature: bytes
    commit: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """The checkpoints that were found, the last one last, and what is wrong with others."""

    witnesses: tuple[Witness, ...]
    problems: tuple[str, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many entries each speaks of."""
        return tuple(witness.checkpoint.entries for witness in self.witnesses)

    @property
    def committed(self) -> tuple[Witness, ...]:
        """Those that a commit brought: only they are out of reach of the trail's machine."""
        return tuple(witness for witness in self.witnesses if witness.commit)


def call(root: Path) -> Testimony:
    """Return every checkpoint of the repository at `root`.

    Raises:
        ControlsError: when git fails.
    """
    brought = _brought(root)
    paths = sorted({path for path in (*brought, *_here(root)) if path.endswith(".json")})
    names = {path: f"{brought[path]}:./{path}" for path in brought}
    past = history.objects(root, names.values()) if names else {}
    found, problems = [], []
    for path in paths:
        blob, signature = (
            (past[names[each]] if each in names else _read(root, each)) or b""
            for each in (path, checkpoint.signature(path))
        )
        try:
            claim = checkpoint.parse(blob, path)
            found.append(Witness(path, claim, blob, signature, brought.get(path, "")))
        except ControlsError as error:
            problems.append(error.message)
    found.sort(key=lambda witness: witness.checkpoint.entries)
    return Testimony(tuple(found), tuple(problems))


def judge(root: Path, manifest: Manifest, testimony: Testimony, verdict: Verdict) -> list[str]:
    """Return what the checkpoints say against the trail, or against themselves.

    Raises:
        ControlsError: when ssh-keygen is missing or git fails.
    """
    told = list(testimony.problems)
    for witness in testimony.witnesses:
        told += _against(manifest, witness, verdict)
    own = [each for each in testimony.witnesses if each.checkpoint.trail == verdict.trail]
    for witness in {*testimony.witnesses[-1:], *testimony.committed[-1:], *own[-1:]}:
        if not _signed(root, manifest, witness):
            told.append(f"{witness.path} is not signed by a person whom {NAME} names")
    return told


def _against(manifest: Manifest, witness: Witness, verdict: Verdict) -> Iterator[str]:
    claim, mark = witness.checkpoint, verdict.marks.get(witness.checkpoint.entries)
    if claim.trail != verdict.trail and not verdict.broken:
        return  # of another machine, or of what was here before this trail: `proven` says so
    if claim.repository != manifest.name:
        yield f"{witness.path} is of repository {claim.repository!r}"
    elif mark is None and not verdict.broken:
        yield (
            f"entries are missing at the end: {witness.path} speaks of {claim.entries},"
            f" there are {verdict.entries}"
        )
    elif mark is not None and (mark.root, mark.hash) != (claim.root, claim.hash):
        yield f"the first {claim.entries} entries are not those that {witness.path} speaks of"


def _signed(root: Path, manifest: Manifest, witness: Witness) -> bool:
    keys = [person.key for person in checkpoint.people(manifest.approvals)]
    if witness.commit:
        name = f"{witness.commit}:./{NAME}"
        then = history.roles(history.objects(root, [name])[name])
        keys += [person.key for person in checkpoint.people(then)]
    return any(
        ssh.verifies(key, witness.blob, witness.signature, checkpoint.NAMESPACE)
        for key in dict.fromkeys(keys)
    )


def _brought(root: Path) -> dict[str, str]:
    """Return path → the commit that first brought it."""
    try:
        if git.commit(root, "HEAD") is None:
            return {}
    except ControlsError:
        return {}  # in no repository: then nothing was committed
    added = [change for change in history.changes(root, checkpoint.FOLDER) if change.kind == "A"]
    return {change.path: change.commit for change in reversed(added)}


def _here(root: Path) -> list[str]:
    return [f"{checkpoint.FOLDER}/{path.name}" for path in (root / checkpoint.FOLDER).glob("*")]


def _read(root: Path, path: str) -> bytes | None:
    try:
        with (root / path).open("rb") as file:
            return file.read(checkpoint.LONGEST)
    except OSError:
        return None
