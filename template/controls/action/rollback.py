"""The rollback artifact: what was there before an act, written and tested before the act.

It is proven on a copy first: the act's outcome, put back with what was read from disk again, is the
state before. It undoes an act that was cut off in the middle as well; a file that somebody changed
since is never overwritten.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controls.action import files, proposal
from controls.action.files import Change, Files
from controls.action.proposal import Action
from controls.errors import ControlsError
from controls.gateway.refusal import Refused

NAME = "rollback.json"
RULE = "rollback"


@dataclass(frozen=True, slots=True)
class Artifact:
    """What undoes the act `action`: the content before of each file it changes, None for none."""

    action: str
    before: Mapping[str, bytes | None]
    ref: str

    def undone(self, now: Files, changes: tuple[Change, ...]) -> dict[str, bytes]:
        """Return the state before, from the state `now`.

        Raises:
            Refused: when a file is neither as the act found it nor as the act left it.
        """
        found = dict(now)
        for change in changes:
            if _digest(now.get(change.path)) not in {change.before, change.after}:
                raise Refused(
                    f"{change.path!r} was changed after the act, so it is not rolled back",
                    "put it back by hand, or make the act that does",
                    RULE,
                )
            old = self.before[change.path]
            if old is None:
                found.pop(change.path, None)
            else:
                found[change.path] = old
        return found


def keep(root: Path, action: Action, before: Files) -> Artifact:
    """Write the artifact of `action` down to the disk, and return it as it is read from there.

    Raises:
        ControlsError: when the disk does not do it, and the act must not be done then.
    """
    content = {change.path: _text(before.get(change.path)) for change in action.changes}
    told = json.dumps({"action": action.digest, "before": content}, sort_keys=True)
    path = proposal.folder(root, action.id) / NAME
    try:
        files.put(root, path.relative_to(root).as_posix(), told.encode())
    except OSError as error:
        raise ControlsError(f"the rollback artifact cannot be written: {error.strerror}") from error
    return load(root, action)


def load(root: Path, action: Action) -> Artifact:
    """Return the artifact of `action`.

    Raises:
        ControlsError: when there is none, or it would put back anything but the state that the act
            names.
    """
    path = proposal.folder(root, action.id) / NAME
    try:
        blob = path.read_bytes()
        data = json.loads(blob)
        before = {name: _content(text) for name, text in data["before"].items()}
        ours = data["action"] == action.digest
    except FileNotFoundError as error:
        raise ControlsError(f"act {action.id} was never done: it has no {NAME}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ControlsError(f"{path.relative_to(root)} is no rollback artifact") from error
    found = {name: _digest(text) for name, text in before.items()}
    if not ours or found != {change.path: change.before for change in action.changes}:
        raise ControlsError(f"{path.relative_to(root)} is of another act")
    return Artifact(action.digest, before, hashlib.sha256(blob).hexdigest())


def rehearse(artifact: Artifact, action: Action, before: Files, after: Files) -> None:
    """Prove on copies that the artifact undoes the act, done or cut off half way.

    Raises:
        Refused: when it does not; the act must not be done then.
    """
    paths = [change.path for change in action.changes]
    for done in (0, len(paths) // 2, len(paths)):
        state = dict(before)
        for path in paths[:done]:
            _move(state, path, after.get(path))
        if files.sha256(artifact.undone(state, action.changes)) != files.sha256(before):
            raise Refused("the rollback artifact does not undo the act", rule=RULE)


def _move(state: dict[str, bytes], path: str, content: bytes | None) -> None:
    if content is None:
        state.pop(path, None)
    else:
        state[path] = content


def _digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _content(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
