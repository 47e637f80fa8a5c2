"""The digest of everything that can change an eval's outcome.

Covers the manifest, workflow, prompts, sets, policy, controls and the locked requirements; not the
baselines, which are compared with and not run, nor the cassettes, which a run itself may write: a
recorded answer is found by everything that the model was told.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

_FILES = ("ai-workflow.yaml", "requirements.txt")
_FOLDERS = ("workflow", "prompts", "evals", "policy", "controls")
_IGNORED = frozenset({"__pycache__", "baselines", "cassettes"})


def sha256(root: Path) -> str:
    """Return the digest of the tree's inputs, names included."""
    digest = hashlib.sha256()
    for path in _inputs(root):
        body = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}\0{body}\n".encode())
    return digest.hexdigest()


def _inputs(root: Path) -> Iterator[Path]:
    yield from (path for name in _FILES if (path := root / name).is_file())
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not _IGNORED.intersection(path.relative_to(root).parts):
                yield path
