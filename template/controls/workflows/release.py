"""Says whether this tree may be released: every control of its tier is ok, none is pending.

Runs `python -m controls check` in the repository, so that there is one judge of a control's state.
"""

import json
import subprocess
import sys
from pathlib import Path

from controls.errors import ControlsError
from controls.report import Report


def ready(root: Path) -> Report:
    """Return the controls that stand in the way; the status is 1 while there is one.

    Raises:
        ControlsError: when the check itself could not be carried out.
    """
    command = [sys.executable, "-m", "controls", "check", "--json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    try:
        result = json.loads(done.stdout)
        controls = [row for row in result["controls"] if row["state"] != "ok"]
        n = len(result["controls"])
    except (ValueError, KeyError, TypeError) as error:
        lines = done.stderr.strip().splitlines() or ["it wrote no report"]
        raise ControlsError(f"the controls could not be checked: {lines[0]}") from error
    lines = [f"{row['state']:8} {row['id']:6} {row['title']}" for row in controls]
    blocked = bool(controls) or not n
    verdict = (
        f"not ready: {len(controls)} of {n} controls" if blocked else f"ready: {n} controls ok"
    )
    data: dict[str, object] = {"ready": not blocked, "n": n, "in_the_way": controls}
    return Report(data, "\n".join([*lines, verdict]), status=int(blocked))
