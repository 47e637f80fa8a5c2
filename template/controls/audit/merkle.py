"""The Merkle tree of RFC 9162, section 2.1, over SHA-256: root, inclusion proof, and its check.

Pure: bytes in, bytes out. What a leaf is made of is decided in `entry.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY = sha256().digest()


def leaf(data: bytes) -> bytes:
    """Return the hash of an entry."""
    return sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side."""
    return sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A tree that grows leaf by leaf, as the roots of its whole subtrees, the largest first."""

    size: int = 0
    roots: list[bytes] = field(default_factory=list)

    def add(self, digest: bytes) -> None:
        """Add the hash of the next leaf."""
        number, roots = self.size, self.roots
        while number & 1:
            digest = sha256(b"\1" + roots.pop() + digest).digest()  # `node`, a million times
            number >>= 1
        roots.append(digest)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of what was added so far."""
        if not self.roots:
            return EMPTY
        *others, root = self.roots
        for left in reversed(others):
            root = node(left, root)
        return root


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of all leaves."""
    tree = Frontier()
    for digest in leaves:
        tree.add(digest)
    return tree.root()


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `leaves`, nearest sibling first."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*path(leaves[:half], index), root(leaves[half:])]
    return [*path(leaves[half:], index - half), root(leaves[:half])]


def climbed(digest: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that `proof` leads to from leaf `index` of `size`, None when it cannot.

    The steps of section 2.1.3.2, with its names.
    """
    if not 0 <= index < size:
        return None
    fn, sn = index, size - 1
    for sibling in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            digest = node(sibling, digest)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            digest = node(digest, sibling)
        fn, sn = fn >> 1, sn >> 1
    return digest if sn == 0 else None
