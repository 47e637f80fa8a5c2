"""Throws and releases the stop switch in somebody's name, with an entry in the audit trail.

Stopping never waits for a record: calls stop first, and a trail that cannot be written is said
then. Going on waits: from tier 3 on, calls pass again only once it is down on the disk who let them
and why.
"""

from pathlib import Path

from controls import manifest
from controls.audit import writer
from controls.audit.calls import TIER
from controls.audit.entry import Act
from controls.errors import ControlsError
from controls.gateway import stop

STOPPED, RESUMED = "stop", "resume"


def throw(root: Path, reason: str, actor: str | None = None) -> None:
    """Stop all calls from now on, and record who did and why.

    Raises:
        ControlsError: when it cannot be recorded; calls are stopped nevertheless.
    """
    stop.throw(root, reason)
    try:
        tier = manifest.load(root).tier
        if tier >= TIER:
            _record(root, STOPPED, reason, actor)
    except ControlsError as error:
        raise ControlsError(
            f"every call is refused from now on, but that is not recorded: {error.message}",
            error.hint,
        ) from error


def release(root: Path, reason: str = "", actor: str | None = None) -> None:
    """Let calls pass again; from tier 3 on, for a reason and in a person's name.

    Raises:
        ControlsError: when reason or person is missing, or it cannot be recorded; calls stay
            stopped then.
    """
    if manifest.load(root).tier >= TIER:
        if not reason:
            raise ControlsError(
                "resume takes a reason", "python -m controls gateway resume WHY --actor @YOU"
            )
        _record(root, RESUMED, reason, actor)
    stop.release(root)


def person(actor: str | None) -> str:
    """Return who acts.

    Raises:
        ControlsError: when nobody says so.
    """
    if actor and "@" in actor and " " not in actor:
        return actor
    raise ControlsError(f"{actor or ''!r} names no person", "add --actor @YOU")


def _record(root: Path, kind: str, reason: str, actor: str | None) -> None:
    who = actor or "unknown" if kind == STOPPED else person(actor)
    writer.append(root, Act(kind, None, {"by": who, "reason": reason}), sync=True)
