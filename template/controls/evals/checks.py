"""Checks of the eval controls: gate (EVL-1), red team (EVL-2, INJ-1), drift (DRF-1).

What a verdict is, is decided in `verdict.py`; here it becomes the state of a control.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from controls import git
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.evals import baseline, report, sets
from controls.evals.drift import drifts
from controls.evals.gate import current, required

REDTEAM = "redteam_v1"
DAYS = 30
_SHOWN = 5


def gate(context: Context) -> Outcome:
    """Judge every set that the tier requires, on today's tree; n is the number of cases."""
    judged = 0
    faults: list[Finding] = []
    for name in required(context.root, context.manifest.tier):
        try:
            found = current(context.root, name)
        except ControlsError as error:
            faults.append(Finding(f"{name}: {error.message}", str(sets.ROOMS[0]), hint=error.hint))
            continue
        judged += _whole(found, "cases")
        faults += _faults(found) if found["exit"] else []
    if faults:
        return Outcome.failed(judged, str(report.FOLDER), *faults)
    return Outcome.ok(judged, str(report.FOLDER))


def redteam(context: Context) -> Outcome:
    """Ask that the red-team set is there, holds on today's tree, and was run in the last 30 days.

    A repository younger than that has until 30 days after its first commit for its first own run.
    """
    found = current(context.root, REDTEAM)
    evidence = str(report.FOLDER / f"{REDTEAM}.json")
    if found["exit"]:
        return Outcome.failed(_whole(found, "cases"), evidence, *_faults(found))
    since = max(_day(found.get("started")), _first_commit(context.root) or date.min)
    age = (context.today - since).days
    if age > DAYS:
        message = f"{REDTEAM} was last run {age} days ago, at most {DAYS} are allowed"
        hint = f"python -m evals.run --set {REDTEAM}"
        return Outcome.failed(
            _whole(found, "cases"), evidence, Finding(message, evidence, hint=hint)
        )
    return Outcome.ok(_whole(found, "cases"), evidence)


def drift(context: Context) -> Outcome:
    """Compare the last report of each set with its baseline; without any baseline it is pending."""
    compared = 0
    faults: list[Finding] = []
    for name in sets.names(context.root):
        path = baseline.path(context.root, name)
        kept, now = baseline.load(path), report.last(context.root, name)
        if kept and now:
            compared += 1
            place = str(path.relative_to(context.root))
            hint = "look at the endpoint, then --save-baseline with a decision record"
            moved = drifts(context.manifest, kept.figures, now)
            faults += [Finding(each.sentence, place, hint=hint) for each in moved]
    if faults:
        return Outcome.failed(compared, str(baseline.FOLDER), *faults)
    if not compared:
        hint = "python -m evals.run --set smoke_v1 --save-baseline, and commit the file"
        missing = Finding("no baseline is committed yet", str(baseline.FOLDER), hint=hint)
        return Outcome.pending(0, str(baseline.FOLDER), missing)
    return Outcome.ok(compared, str(baseline.FOLDER))


def _faults(found: Mapping[str, object]) -> Iterator[Finding]:
    name, failures = found["set"], found.get("failures")
    hint = f"make eval SET={name}"
    yield Finding(f"{name}: {found['reason']}", str(report.FOLDER / f"{name}.json"), hint=hint)
    rows = failures if isinstance(failures, (list, tuple)) else ()
    for row in rows[:_SHOWN]:
        trace = f"python -m controls trace {row['run_id']}"
        yield Finding(f"{name} {row['id']}: {row['reason']}", row["path"], row["line"], trace)


def _whole(found: Mapping[str, object], key: str) -> int:
    value = found.get(key)
    return value if isinstance(value, int) else 0


def _day(started: object) -> date:
    try:
        return datetime.fromisoformat(str(started)).astimezone(UTC).date()
    except ValueError:
        return date.min


def _first_commit(root: Path) -> date | None:
    try:
        days = git.text(root, "log", "--reverse", "--format=%cs").splitlines()
    except ControlsError:
        return None
    return date.fromisoformat(days[0]) if days else None
