"""What the audit trail says of acts: proposed, refused, intended, undone, gone.

An approval counts once, and here. The trail decides whether an act was proposed on this machine and
whether it was done before, not a file beside it: whoever puts an old folder back, or carries it to
another clone, brings no approval back to life.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from controls.audit import entry, proven, read, writer
from controls.audit.entry import Act, Entry
from controls.errors import ControlsError
from controls.gateway.refusal import Refused
from controls.run import Run

PROPOSED, REFUSED, DONE, UNDONE = "act-proposed", "act-refused", "act", "act-rollback"
EXPIRED = "act-expired"
RULE = "audit"
_KINDS = tuple(f'"kind":{json.dumps(kind)}'.encode() for kind in (entry.INTENT, PROPOSED))


@dataclass(frozen=True, slots=True)
class Told:
    """What the trail has of one act: its proposal, and the last intents to do and to undo it.

    `latest` is the time of the trail's last entry.
    """

    proposed: Entry | None
    done: Entry | None
    undone: Entry | None
    latest: datetime | None


def note(run: Run, kind: str, facts: Mapping[str, object]) -> int:
    """Write an entry about an act of `run`, and return its number.

    Raises:
        ControlsError: when it cannot be written.
    """
    told = {"run": run.id, "environment": run.environment, **facts}
    return writer.append(run.root, Act(kind, run.data_class, told)).seq


def of(root: Path, digest: str) -> Told:
    """Return what the trail says of the act `digest`.

    Raises:
        ControlsError: when the trail cannot be read; then nobody knows.
    """
    if not read.exists(root):
        return Told(None, None, None, None)
    found: dict[str, Entry] = {}
    wanted, last = digest.encode(), b""
    with read.snapshot(root) as seen:
        if seen.head is None:
            raise ControlsError("the audit trail has no head", "python -m controls audit verify")
        for line in read.lines(seen):
            last = line if line.startswith(b"{") else last
            if wanted in line and any(kind in line for kind in _KINDS):
                each = entry.parse(line)
                if each.facts.get("action") == digest:
                    found[_kind(each)] = each
    latest = datetime.fromisoformat(entry.parse(last).at) if last else None
    return Told(found.get(PROPOSED), found.get(DONE), found.get(UNDONE), latest)


def whole(run: Run) -> None:
    """Let pass while no entry was changed or taken out: what is gone could be the act itself.

    Raises:
        Refused: with the first thing that is wrong.
    """
    try:
        problems = proven.prove(run.root, run.manifest).problems
    except ControlsError as error:
        problems = (error.message,)
    if problems:
        raise Refused(
            f"the audit trail does not prove whole, so nobody knows what was done: {problems[0]}",
            "python -m controls audit verify",
            RULE,
        )


def _kind(found: Entry) -> str:
    return str(found.facts.get("act")) if found.kind == entry.INTENT else found.kind
