"""Removes acts that were kept long enough: what was proposed, agreed to, and would undo it.

An act lies here in clear text, so it is the data itself: it goes like a text of the most sensitive
class of the manifest (`controls.audit.retention`), counted from the day on which nobody could agree
to it any more. What stays is its digest, in the audit trail. A folder whose act cannot be read
stays: nobody knows how old it is.
"""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

from controls.action import lock, proposal, trail
from controls.action.proposal import Action
from controls.audit import retention, writer
from controls.audit.entry import Act
from controls.errors import ControlsError
from controls.manifest import Manifest


def due(root: Path, manifest: Manifest, today: date) -> tuple[Action, ...]:
    """Return the acts that should be gone by `today`.

    Raises:
        ControlsError: when a duration of the manifest is none.
    """
    first = retention.texts(manifest, today)[manifest.data_class].first
    return tuple(act for act in _readable(root) if _day(act.expires) < first)


def expire(root: Path, manifest: Manifest, today: date) -> tuple[Action, ...]:
    """Remove the acts that should be gone by `today`, and return them.

    The audit trail names them before the first one goes. Nobody acts meanwhile.

    Raises:
        ControlsError: when the trail cannot be written (nothing is removed then), or the disk does
            not do it.
    """
    if not due(root, manifest, today):
        return ()
    with lock.held(root):
        found = due(root, manifest, today)
        facts = {"actions": [act.digest for act in found]}
        writer.append(root, Act(trail.EXPIRED, manifest.data_class, facts), sync=True)
        for act in found:
            _remove(proposal.folder(root, act.id))
    return found


def _readable(root: Path) -> list[Action]:
    found: list[Action] = []
    for name in proposal.names(root):
        try:
            found.append(proposal.load(root, name))
        except ControlsError:
            continue
    return found


def _day(expires: str) -> date:
    """Return the day of `expires`; one that cannot be read is never past."""
    try:
        return datetime.fromisoformat(expires).astimezone(UTC).date()
    except ValueError:
        return date.max


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise ControlsError(f"{error.filename} cannot be removed: {error.strerror}") from error
