"""Takes out of the trail what was kept long enough; the hash of each entry stays in its place.

Segments are written anew, complete and synced, before any is replaced, and an `expire` entry names
their digests first: killed at any instant, each segment is the old one or one that is accounted
for. Only closed segments are touched, so nobody who appends is kept waiting.
"""

import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from controls.audit import entry, head, read, retention, verify, writer
from controls.audit.entry import Act
from controls.audit.head import Locked
from controls.audit.merkle import leaf
from controls.audit.retention import Over
from controls.errors import ControlsError
from controls.manifest import Manifest

LOCK = "expire.lock"


@dataclass(frozen=True, slots=True)
class Expired:
    """How many entries of each class lost their text, in how many segments."""

    classes: dict[str, int]
    segments: int

    @property
    def entries(self) -> int:
        """How many entries that were."""
        return sum(self.classes.values())


def due(root: Path, manifest: Manifest, today: date) -> dict[str, int]:
    """Return for each class how many entries should be gone by now.

    Raises:
        ControlsError: when there is no trail, or it cannot be read.
    """
    is_over = retention.over(retention.entries(manifest, today))
    with read.snapshot(root) as seen:
        return dict(Counter(filter(None, (_gone(line, is_over) for line in read.lines(seen)))))


def expire(root: Path, manifest: Manifest, today: date) -> Expired:
    """Take out of the trail what is over by `today`, and say what that was.

    Raises:
        ControlsError: when the trail does not prove whole (nothing is destroyed in one that does
            not), or something cannot be written.
    """
    if not due(root, manifest, today):
        return Expired({}, 0)
    folder = root / head.FOLDER
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with Locked(descriptor):
            return _expire(root, folder, manifest, today)
    finally:
        os.close(descriptor)


def _expire(root: Path, folder: Path, manifest: Manifest, today: date) -> Expired:
    found = verify.verify(root)
    if found.problems:
        raise ControlsError(
            f"nothing is expired in a trail that is not whole: {found.problems[0]}",
            "python -m controls audit verify",
        )
    kept = retention.entries(manifest, today)
    is_over = retention.over(kept)
    if _any_gone(head.segments(folder)[-1], is_over):
        writer.roll(root)
    counts: Counter[str] = Counter()
    drafts: dict[Path, Path] = {}
    try:
        digests: dict[str, str] = {}
        for path in head.segments(folder)[:-1]:
            if _any_gone(path, is_over):
                drafts[path] = path.with_suffix(".draft")
                digests[path.name] = _write(drafts[path], path, is_over, counts)
        first = {name: row.first.isoformat() for name, row in kept.items() if counts[name]}
        facts = {"expired": dict(counts), "kept_from": first, "segments": digests}
        writer.append(root, Act(entry.EXPIRE, None, facts), sync=True)
        for path, draft in drafts.items():
            draft.replace(path)
        head.sync(folder)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return Expired(dict(counts), len(drafts))


def _write(draft: Path, path: Path, is_over: Over, counts: Counter[str]) -> str:
    digest = hashlib.sha256()
    with draft.open("wb") as out:
        draft.chmod(0o600)
        for line in _lines(path):
            gone = _gone(line, is_over)
            if gone:
                counts[gone] += 1
                line = leaf(line).hex().encode()  # noqa: PLW2901  what stays of it
            out.write(line + b"\n")
            digest.update(line + b"\n")
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _any_gone(path: Path, is_over: Over) -> bool:
    return any(_gone(line, is_over) for line in _lines(path))


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1]


def _gone(line: bytes, is_over: Over) -> str:
    """Return the class of an entry whose time is over, else nothing."""
    if not line.startswith(b"{"):
        return ""
    found = entry.parse(line)
    return found.classification or "" if is_over(found.classification, found.at[:10]) else ""
