"""The head: how far the trail had come when the last append was acknowledged, and its file lock.

A fixed number of bytes, written over in one call, so that a killed process leaves the old head or
the new one. It lies beside the trail: whoever can change one can change the other, which is what
checkpoints (`checkpoint.py`) are for.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from controls.audit.entry import GENESIS
from controls.errors import ControlsError

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

FOLDER = Path(".aiwf/audit")
FILE = "head"
_TEXT = re.compile(rb"(\d{20}) ([0-9a-f]{64}) (\d{8}) (\d{20})\n")
_LARGEST = 2**62  # no file has an offset beyond it
LENGTH = 20 + 1 + 64 + 1 + 8 + 1 + 20 + 1
REPAIR = "python -m controls audit verify says what is wrong; audit repair --reason WHY goes on"


@dataclass(frozen=True, slots=True)
class Head:
    """`entries` so far, the hash of the last, and the `offset` in `segment` where the next goes."""

    entries: int = 0
    hash: str = GENESIS
    segment: int = 1
    offset: int = 0

    def to_bytes(self) -> bytes:
        """Return what the file holds."""
        text = f"{self.entries:020d} {self.hash} {self.segment:08d} {self.offset:020d}\n"
        return text.encode()


def parse(raw: bytes) -> Head | None:
    """Return the head that the bytes say, None when they say none."""
    match = _TEXT.fullmatch(raw)
    if match is None or int(match[4]) > _LARGEST:
        return None
    return Head(int(match[1]), match[2].decode(), int(match[3]), int(match[4]))


def segment(folder: Path, number: int) -> Path:
    """Return the path of a segment."""
    return folder / f"{number:08d}.jsonl"


def segments(folder: Path) -> list[Path]:
    """Return the paths of all segments, oldest first."""
    return sorted(folder.glob("[0-9]*.jsonl"))


class Locked:
    """Keeps every other process out of the trail for the length of a `with`."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> None:
        """Wait until the trail is ours.

        Raises:
            ControlsError: where the system has no such lock.
        """
        if fcntl is None:
            raise ControlsError("this system cannot lock the audit trail", "use Linux or macOS")
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        """Let the next one in."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)


def made(folder: Path) -> int:
    """Return the open file of the head, made where no trail is; whoever is first wins.

    Raises:
        ControlsError: when there is a trail and its head is gone.
    """
    path = folder / FILE
    if not path.exists():
        if segments(folder) and not path.exists():  # nobody else made it just now
            raise ControlsError(f"the head of the audit trail is gone: {str(path)!r}", REPAIR)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _begin(folder, path)
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)


def _begin(folder: Path, path: Path) -> None:
    draft = folder / f"{FILE}.{os.getpid()}.{os.urandom(4).hex()}"
    replace(draft, Head())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync(folder)


def replace(path: Path, head: Head) -> None:
    """Write a new file that holds `head`."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(head.to_bytes())
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Let what a folder lists outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
