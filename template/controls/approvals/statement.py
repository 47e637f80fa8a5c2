"""The statement that an approver signs, and where it is kept.

Its bytes are canonical JSON: the same values give the same bytes, so a signature has one meaning.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from controls.approvals.tree import FOLDER
from controls.errors import ControlsError

ENDINGS = (".json", ".sig")  # the statement and the signature over it
DAYS = 90  # the longest that an approval, like a waiver, may stand
_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Statement:
    """One role's approval of one tree, by decision record, until the end of the day `expires`."""

    repository: str
    tree: str
    decision: str
    role: str
    expires: str

    def to_bytes(self) -> bytes:
        """Return what is signed."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return text.encode() + b"\n"

    def expired(self, today: date) -> bool:
        """Say whether `today` is after the last day; a date that cannot be read has expired."""
        try:
            return date.fromisoformat(self.expires) < today
        except ValueError:
            return True

    def endless(self, today: date) -> bool:
        """Say whether it would stand for longer than any approval may."""
        return date.fromisoformat(self.expires) > today + timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement as it lies in the repository, with the signature beside it."""

    path: str
    statement: Statement
    blob: bytes
    signature: bytes


def stem(statement: Statement, handle: str) -> str:
    """Return the path of an approval without its ending."""
    name = f"{statement.tree[:12]}-{statement.role}-{handle.lstrip('@')}"
    return f"{FOLDER}/{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}"


def names(root: Path) -> tuple[str, ...]:
    """Return the paths of all statements."""
    return tuple(sorted(f"{FOLDER}/{path.name}" for path in (root / FOLDER).glob("*.json")))


def read(root: Path, path: str) -> Signed:
    """Return the statement at `path` and its signature.

    Raises:
        ControlsError: when either is absent, or the statement is not exactly what `to_bytes` makes.
    """
    return parse(path, _bytes(root, path), _bytes(root, path.removesuffix(".json") + ".sig"))


def parse(path: str, blob: bytes, signature: bytes) -> Signed:
    """Return the statement that `blob` holds.

    Raises:
        ControlsError: when it is not exactly what `to_bytes` makes.
    """
    try:
        statement = Statement(**json.loads(blob))
    except (ValueError, TypeError, RecursionError) as error:
        raise ControlsError(f"{path} is no approval") from error
    if not all(isinstance(value, str) for value in asdict(statement).values()):
        raise ControlsError(f"{path} is no approval")
    if statement.to_bytes() != blob:
        raise ControlsError(f"{path} is not canonical JSON", hint="sign again, and do not edit it")
    return Signed(path, statement, blob, signature)


def _bytes(root: Path, path: str) -> bytes:
    try:
        with (root / path).open("rb") as file:
            return file.read(_LIMIT)
    except OSError as error:
        raise ControlsError(f"{path} cannot be read: {error.strerror}") from error
