"""What the audit trail says of acts: proposed, refused, intended, undone, gone.

An approval counts once. The trail decides whether an act was done before, not a file beside it:
whoever puts an old folder back does not bring its approvals back to life.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from controls.audit import entry, read, writer
from controls.audit.entry import Act, Entry
from controls.errors import ControlsError
from controls.run import Run

PROPOSED, REFUSED, DONE, UNDONE = "act-proposed", "act-refused", "act", "act-rollback"
EXPIRED = "act-expired"
_INTENT = f'"kind":{json.dumps(entry.INTENT)}'.encode()


def note(run: Run, kind: str, facts: Mapping[str, object]) -> int:
    """Write an entry about an act of `run`, and return its number.

    Raises:
        ControlsError: when it cannot be written.
    """
    told = {"run": run.id, "environment": run.environment, **facts}
    return writer.append(run.root, Act(kind, run.data_class, told)).seq


def intent(root: Path, kind: str, digest: str) -> Entry | None:
    """Return the last intent of `kind` about the act `digest`, None where there was none.

    Raises:
        ControlsError: when the trail cannot be read; then nobody knows.
    """
    if not read.exists(root):
        return None
    found, wanted = None, digest.encode()
    with read.snapshot(root) as seen:
        if seen.head is None:
            raise ControlsError("the audit trail has no head", "python -m controls audit verify")
        for line in read.lines(seen):
            if wanted in line and _INTENT in line:
                each = entry.parse(line)
                if each.facts.get("act") == kind and each.facts.get("action") == digest:
                    found = each
    return found
