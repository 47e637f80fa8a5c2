"""Inclusion proofs: that one entry is in a checkpoint's trail, without the rest.

A proof carries the entry, the path to the root (RFC 9162, section 2.1.3) and the checkpoint with
its signature, so that whoever has the public key can check it away from here.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from controls.approvals import ssh
from controls.audit import checkpoint, merkle, read, witness
from controls.errors import ControlsError


@dataclass(frozen=True, slots=True)
class Proof:
    """That `line` (None once it has expired) is entry `seq` of the first `entries` under `root`.

    `checkpoint` and `signature` are what was signed, empty where no checkpoint goes that far.
    """

    seq: int
    line: str | None
    leaf: str
    entries: int
    root: str
    path: tuple[str, ...]
    checkpoint: str
    signature: str


def prove(root: Path, seq: int) -> Proof:
    """Return the proof of entry `seq`, under the oldest checkpoint that covers it, else as it is.

    Raises:
        ControlsError: when there is no such entry.
    """
    witnesses = witness.call(root).witnesses
    with read.snapshot(root) as seen:
        lines = list(read.lines(seen))
    if not 0 <= seq < len(lines):
        raise ControlsError(f"there is no entry {seq}", f"the last is {len(lines) - 1}")
    trail = _leaf(lines[0]).hex()
    covering = (each for each in witnesses if each.checkpoint.entries > seq)
    chosen = next((each for each in covering if each.checkpoint.trail == trail), None)
    leaves = [_leaf(line) for line in lines[: chosen.checkpoint.entries if chosen else None]]
    text = lines[seq]
    return Proof(
        seq,
        text.decode() if text.startswith(b"{") else None,
        leaves[seq].hex(),
        len(leaves),
        merkle.root(leaves).hex(),
        tuple(digest.hex() for digest in merkle.path(leaves, seq)),
        chosen.blob.decode() if chosen else "",
        chosen.signature.decode() if chosen else "",
    )


def check(text: str, key: str) -> list[str]:
    """Return what is wrong with the proof in `text`, signed by `key`; nothing when it holds.

    Raises:
        ControlsError: when it is no proof.
    """
    try:
        row = json.loads(text)
        found = Proof(**row | {"path": tuple(row["path"])})
        digests = [bytes.fromhex(digest) for digest in found.path]
        climbed = merkle.climbed(bytes.fromhex(found.leaf), found.seq, found.entries, digests)
        line = None if found.line is None else found.line.encode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ControlsError(
            "this is no proof", "python -m controls audit prove SEQ --json"
        ) from error
    problems = []
    if line is not None and merkle.leaf(line).hex() != found.leaf:
        problems.append("the entry is not the one whose hash is proven")
    if climbed is None or climbed.hex() != found.root:
        problems.append("the path does not lead to the root")
    return [*problems, *_signed(found, key)]


def _signed(found: Proof, key: str) -> list[str]:
    if not found.checkpoint:
        return ["no checkpoint covers the entry: nobody has signed the root"]
    claim = checkpoint.parse(found.checkpoint.encode(), "the proof's checkpoint")
    if (claim.entries, claim.root) != (found.entries, found.root):
        return ["the checkpoint speaks of another root"]
    blob, signature = found.checkpoint.encode(), found.signature.encode()
    if not ssh.verifies(key, blob, signature, checkpoint.NAMESPACE):
        return ["the checkpoint is not signed by this key"]
    return []


def data(proof: Proof) -> dict[str, object]:
    """Return the proof as plain data, which `check` takes as JSON."""
    return asdict(proof)


def _leaf(line: bytes) -> bytes:
    return merkle.leaf(line) if line.startswith(b"{") else read.expired(line)
