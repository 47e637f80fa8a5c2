"""What a dry run would change, byte for byte, kept beside the act that it belongs to.

The act names these bytes by their digests, so that what people look at, what they agree to and what
is written later are the same.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from controls.action import proposal
from controls.action.files import Files
from controls.action.proposal import Action
from controls.errors import ControlsError

NAME = "effect.json"

Contents = Mapping[str, bytes | None]


def keep(root: Path, action: Action, after: Files) -> None:
    """Write the new content of every file that `action` changes, None for one that goes."""
    told = {change.path: _text(after.get(change.path)) for change in action.changes}
    text = json.dumps(told, sort_keys=True)
    (proposal.folder(root, action.id) / NAME).write_text(text, encoding="utf-8")


def load(root: Path, action: Action) -> Contents:
    """Return the new content of every file that `action` changes.

    Raises:
        ControlsError: when these are not the bytes that the act names.
    """
    path = proposal.folder(root, action.id) / NAME
    try:
        found = {name: _content(text) for name, text in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ControlsError(
            f"{path.relative_to(root)} cannot be read", "propose it again"
        ) from error
    if {name: _digest(text) for name, text in found.items()} != {
        change.path: change.after for change in action.changes
    }:
        raise ControlsError(
            f"{path.relative_to(root)} is not what act {action.id} changes", "propose it again"
        )
    return found


def applied(before: Files, contents: Contents) -> dict[str, bytes]:
    """Return `before` with the contents in place."""
    mixed = {**before, **contents}
    return {path: text for path, text in mixed.items() if text is not None}


def _digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _content(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
