"""Checkpoints: signed statements of how far the trail had come, kept in git.

The trail's own machine can rewrite trail and head together, but not what others have pulled. They
lie beside the approvals, whose folder no approved tree counts in, so that a checkpoint voids none.
What a checkpoint proves is decided in `witness.py`.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from controls import git
from controls.approvals import ssh
from controls.approvals.tree import FOLDER as APPROVALS
from controls.audit import entry
from controls.audit.verify import Verdict
from controls.errors import ControlsError
from controls.manifest import Manifest, Principal, Role

FOLDER = f"{APPROVALS}/checkpoints"
NAMESPACE = "prooflane-checkpoint"
LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trail of `repository` had so many `entries`, this `root` over them, this last `hash`.

    `trail` is the hash of its first entry: each machine that runs the code has a trail of its own.
    """

    repository: str
    trail: str
    entries: int
    root: str
    hash: str
    at: str

    def to_bytes(self) -> bytes:
        """Return what is signed: canonical JSON, so that a signature has one meaning."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode() + b"\n"


def parse(blob: bytes, path: str) -> Checkpoint:
    """Return the checkpoint that `blob`, found at `path`, is.

    Raises:
        ControlsError: when it is none, or not exactly what `to_bytes` makes.
    """
    try:
        found = Checkpoint(**json.loads(blob))
        words = (found.repository, found.trail, found.root, found.hash, found.at)
        whole = type(found.entries) is int and all(isinstance(word, str) for word in words)
        if whole and found.to_bytes() == blob:
            return found
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    raise ControlsError(f"{path} is no checkpoint", "git log says who wrote it")


def make(root: Path, manifest: Manifest, verdict: Verdict, key: Path) -> str:
    """Write a signed checkpoint of a trail that was proven, and return its path.

    Raises:
        ControlsError: when the key is nobody's of the manifest, or something cannot be written.
    """
    signer(manifest, key)
    found = Checkpoint(
        manifest.name, verdict.trail, verdict.entries, verdict.root, verdict.last, entry.now()
    )
    signed = ssh.sign(key, found.to_bytes(), NAMESPACE)
    path = f"{FOLDER}/{found.trail[:12]}-{found.entries:012d}.json"
    try:
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        (root / signature(path)).write_bytes(signed)
        (root / path).write_bytes(found.to_bytes())
    except OSError as error:
        raise ControlsError(f"{path} cannot be written: {error.strerror}") from error
    return path


def commit(root: Path, path: str) -> str:
    """Commit a checkpoint and nothing else, and return the commit's id.

    Raises:
        ControlsError: when git refuses.
    """
    names = (path, signature(path))
    git.run(root, "add", "--force", "--", *names)
    said = f"Audit checkpoint at {int(Path(path).stem[-12:])} entries"
    git.run(root, "commit", "--quiet", "--message", said, "--only", "--", *names)
    return git.text(root, "rev-parse", "HEAD")


def signer(manifest: Manifest, key: Path) -> Principal:
    """Return the person of the manifest whose key lies at `key`.

    Raises:
        ControlsError: when it is nobody's.
    """
    public = ssh.public_key(key)
    for person in people(manifest.approvals):
        if ssh.material(person.key) == public:
            return person
    raise ControlsError(
        f"nobody in ai-workflow.yaml has the key {str(key)!r}",
        f"add it to spec.approvals in ai-workflow.yaml, for example under a role audit:"
        f" key: {public!r}",
    )


def people(roles: Iterable[Role]) -> tuple[Principal, ...]:
    """Return everybody who may sign a checkpoint: who may approve, in whatever role."""
    return tuple(person for role in roles for person in role.principals if person.key)


def signature(path: str) -> str:
    """Return the path of the signature of the checkpoint at `path`."""
    return path.removesuffix(".json") + ".sig"
