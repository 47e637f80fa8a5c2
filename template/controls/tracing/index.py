"""Names the version of the retrieval index: a digest over the knowledge base as it lies on disk.

Nothing is indexed here; how the workflow searches is the owner's business.
"""

import functools
import hashlib
from pathlib import Path

KNOWLEDGE = Path("workflow/knowledge")


def version(root: Path) -> str:
    """Return the digest of all articles, names included; it changes with any edit."""
    files = sorted(path for path in (root / KNOWLEDGE).rglob("*") if path.is_file())
    states = tuple(
        (path, stat.st_mtime_ns, stat.st_size) for path in files for stat in [path.stat()]
    )
    return _digest(root, states)


@functools.lru_cache(maxsize=8)
def _digest(root: Path, states: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in states:
        body = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}\0{body}\n".encode())
    return digest.hexdigest()
