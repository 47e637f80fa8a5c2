"""Goes on with a trail whose end was lost, openly: the loss becomes an entry of its own.

Only a tail can be given up. Where an entry was changed or taken out of the middle, nothing here
helps: the trail must come back from a copy. A checkpoint that speaks of lost entries keeps saying
so, for good.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from controls.audit import entry, head, read, verify, writer
from controls.audit.entry import Act, Receipt
from controls.audit.head import Head
from controls.errors import ControlsError


@dataclass(frozen=True, slots=True)
class Repaired:
    """How many entries are lost, as far as the old head could say, and where it is recorded."""

    lost: int | None
    receipt: Receipt


def repair(root: Path, reason: str, who: str) -> Repaired:
    """Accept that the end of the trail is lost, and record it with `reason`.

    Raises:
        ControlsError: when nothing is lost, or more than the end is.
    """
    found = verify.verify(root)
    if found.broken:
        raise ControlsError(
            f"more than the end is lost: {found.problems[0]}", "restore .aiwf/audit from a copy"
        )
    if not found.problems:
        raise ControlsError("the trail is whole: there is nothing to repair")
    with read.snapshot(root) as seen:
        old = seen.head
    lost = max(old.entries - found.entries, 0) if old else None
    _stand_at_the_end(root, found.entries, found.last)
    facts = {
        "reason": reason,
        "by": who,
        "lost_entries": lost,
        "head": old and old.to_bytes().decode(),
    }
    return Repaired(lost, writer.append(root, Act(entry.REPAIR, None, facts), sync=True))


def _stand_at_the_end(root: Path, entries: int, last: str) -> None:
    """Write a head for what is there, half a line at its end not counted."""
    folder = root / head.FOLDER
    paths = head.segments(folder)
    number = int(paths[-1].stem) if paths else 1
    offset = paths[-1].read_bytes().rfind(b"\n") + 1 if paths else 0
    draft = folder / f"{head.FILE}.{os.getpid()}.draft"
    try:
        head.replace(draft, Head(entries, last, number, offset))
        draft.replace(folder / head.FILE)
        head.sync(folder)
    finally:
        draft.unlink(missing_ok=True)
