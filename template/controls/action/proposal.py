"""An act as it is proposed: tool, arguments, the state it starts from and what it will change.

Its digest names exactly that: another argument, another program, another starting state or another
effect is another act, and approvals of this one say nothing about it. It is kept in
`.aiwf/actions/ID/`, which may be copied to whoever has to look at it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from controls.action.files import Change
from controls.errors import ControlsError

FOLDER = Path(".aiwf/actions")
NAME = "action.json"
SHORT = 12
LIMIT = 4 << 20
_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Action:
    """One act; `rules` is the digest of tool and program, `before` that of the starting state.

    `changes` are the files that will differ; `nonce` makes an act that is proposed again another.
    """

    repository: str
    tool: str
    arguments: Mapping[str, Any]
    rules: str
    before: str
    changes: tuple[Change, ...]
    run: str
    expires: str
    nonce: str

    def to_bytes(self) -> bytes:
        """Return the canonical JSON: the same act gives the same bytes."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode() + b"\n"

    @property
    def digest(self) -> str:
        """What approvals are about."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def id(self) -> str:
        """The short name for people and folders."""
        return self.digest[:SHORT]


def moment(now: datetime, hours: int = 0) -> str:
    """Return the second `hours` after `now`, in UTC."""
    return (now.astimezone(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


def over(expires: str, now: datetime) -> bool:
    """Say whether `expires` is past; one that cannot be read is."""
    end = ends(expires)
    return end is None or end <= now


def ends(expires: str) -> datetime | None:
    """Return when that is, None where it cannot be read."""
    try:
        end = datetime.fromisoformat(expires)
    except (ValueError, TypeError):
        return None
    return end if end.tzinfo else None


def nonce() -> str:
    """Return what no other act has."""
    return secrets.token_hex(16)


def folder(root: Path, name: str) -> Path:
    """Return where the act `name` is kept; a whole digest names it too.

    Raises:
        ControlsError: when that is no name of an act.
    """
    if not _ID.fullmatch(name[:SHORT]):
        raise ControlsError(f"{name!r} names no act", "python -m controls action list")
    return root / FOLDER / name[:SHORT]


def keep(root: Path, action: Action) -> Path:
    """Write `action` to its folder and return that.

    Raises:
        OSError: when the disk does not do it.
    """
    place = folder(root, action.id)
    place.mkdir(parents=True, mode=0o700)
    (place / NAME).write_bytes(action.to_bytes())
    return place


def load(root: Path, name: str) -> Action:
    """Return the act called `name`.

    Raises:
        ControlsError: when there is none, or the file is not exactly the act of that name.
    """
    path = folder(root, name) / NAME
    try:
        with path.open("rb") as file:
            blob = file.read(LIMIT)
    except OSError as error:
        raise ControlsError(
            f"there is no act {name!r}: {error.strerror}", "python -m controls action list"
        ) from error
    action = parse(blob)
    if action is None or action.to_bytes() != blob or not action.digest.startswith(name):
        raise ControlsError(
            f"{path.relative_to(root)} is not the act {name!r} any more", "propose it again"
        )
    return action


def parse(blob: bytes) -> Action | None:
    """Return the act that `blob` holds, None when it holds none."""
    try:
        data = json.loads(blob)
        data["changes"] = tuple(Change(**entry) for entry in data["changes"])
        action = Action(**data)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = [getattr(action, each.name) for each in fields(action) if each.type is str]
    texts += [change.path for change in action.changes]
    plain = all(isinstance(text, str) and text.isprintable() for text in texts)
    return action if plain and isinstance(action.arguments, dict) else None


def names(root: Path) -> tuple[str, ...]:
    """Return the names of all acts that are kept here, by when they expire."""
    kept = [path.parent.name for path in (root / FOLDER).glob(f"*/{NAME}")]
    return tuple(sorted(name for name in kept if _ID.fullmatch(name)))
