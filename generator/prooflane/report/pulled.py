"""What pull mode says of one repository, for a job's log and as JSON."""

import json
from dataclasses import asdict

from prooflane.pull.propose import Came, Pulled


def screen(done: Pulled) -> str:
    """Return what a person reads in the log of a job."""
    lines = [f"{done.repository}: {_said(done)}"]
    if done.hint:
        lines.append(f"hint: {done.hint}")
    return "\n".join(lines)


def data(done: Pulled) -> str:
    """Return the result as JSON."""
    return json.dumps({**asdict(done), "status": done.status}, indent=2, ensure_ascii=False)


def _said(done: Pulled) -> str:
    version, wave = done.version, f"wave {done.wave!r}"
    match done.came:
        case Came.waits | Came.nothing:
            return done.reason
        case Came.proposed:
            stands = f" ({done.reason})" if done.reason else ""
            return f"{version} in {wave}: {done.where}{stands}"
        case Came.pushed:
            return f"{version} is on branch {done.where}, open the pull request: {done.reason}"
        case Came.failed:
            return f"{version} in {wave} could not be proposed: {done.reason}"
