"""Checks of the eval controls: gate (EVL-1), red team (EVL-2, INJ-1), drift (DRF-1), bias (BIA-1).

What a verdict is, is decided in `verdict.py`; here it becomes the state of a control.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from controls import git
from controls.check.model import Context, Finding, Outcome
from controls.decisions import change as changes
from controls.errors import ControlsError
from controls.evals import baseline, prompt_versions, quality, report, sets
from controls.evals.drift import comparisons
from controls.evals.gate import current, required

REDTEAM = "redteam_v1"
BIAS = "bias_v1"
DAYS = 30
_SHOWN = 5


def gate(context: Context) -> Outcome:
    """Judge every set that the tier requires, on today's tree; n is the number of cases.

    It vouches for the models that were asked and no others: where an embedded one stood in for the
    configured one, the control is pending until that has been evaluated.
    """
    judged = 0
    faults: list[Finding] = []
    unproven: list[Finding] = []
    for name in required(context.root, context.manifest.tier):
        try:
            found = current(context.root, name, context.today)
        except ControlsError as error:
            faults.append(Finding(f"{name}: {error.message}", str(sets.ROOMS[0]), hint=error.hint))
            continue
        judged += _whole(found, "cases")
        faults += _faults(found) if found["exit"] else []
        unproven += _unproven(found)
    if faults:
        return Outcome.failed(judged, str(report.FOLDER), *faults)
    if unproven:
        return Outcome.pending(judged, str(report.FOLDER), *unproven)
    return Outcome.ok(judged, str(report.FOLDER))


def cases(context: Context) -> Outcome:
    """Ask the owner's sets for breadth, provenance and no case twice; n is the number of cases."""
    found = [sets.load(context.root, name) for name in sets.names(context.root, sets.ROOMS[:1])]
    n = sum(len(loaded.cases) for loaded in found)
    faults = [Finding(f.message, f.path, f.line, f.hint) for s in found for f in quality.faults(s)]
    if faults:
        return Outcome.failed(n, str(sets.ROOMS[0]), *faults)
    return Outcome.ok(n, str(sets.ROOMS[0]))


def prompts(context: Context) -> Outcome:
    """Ask each prompt whose text changes for a new version; n is the number of prompts."""
    n = prompt_versions.count(context.root)
    try:
        change = changes.read(context.root, context.base)
    except ControlsError as error:
        return Outcome.failed(n, "prompts/", Finding(error.message, hint=error.hint))
    hint = "raise version in its front matter: a version names one text"
    faults = [
        Finding(
            f"the text of prompt {k.name!r} changed and its version is still {k.version!r}",
            *(k.path, k.line, hint),
        )
        for k in prompt_versions.kept(context.root, change)
    ]
    if faults:
        return Outcome.failed(n, "prompts/", *faults)
    return Outcome.ok(n, "prompts/")


def redteam(context: Context) -> Outcome:
    """Ask that the red-team set is there, holds on today's tree, and was run in the last 30 days.

    A repository younger than that has until 30 days after its first commit for its first own run.
    """
    found = current(context.root, REDTEAM, context.today)
    n, evidence = _whole(found, "cases"), str(report.FOLDER / f"{REDTEAM}.json")
    if found["exit"]:
        return Outcome.failed(n, evidence, *_faults(found))
    since = max(_day(found.get("started")), _first_commit(context.root) or date.min)
    age = (context.today - since).days
    if age > DAYS:
        message = f"{REDTEAM} was last run {age} days ago, at most {DAYS} are allowed"
        hint = f"python -m evals.run --set {REDTEAM}"
        return Outcome.failed(n, evidence, Finding(message, evidence, hint=hint))
    if unproven := tuple(_unproven(found)):
        return Outcome.pending(n, evidence, *unproven)
    return Outcome.ok(n, evidence)


def drift(context: Context) -> Outcome:
    """Compare each endpoint's last reports with its baselines; without any it is pending."""
    compared = list(comparisons(context.root, context.manifest))
    place = str(baseline.FOLDER)
    hint = "look at the endpoint, then --save-baseline with a decision record"
    faults = [Finding(m.sentence, c.place, hint=hint) for c in compared for m in c.moved]
    if faults:
        return Outcome.failed(len(compared), place, *faults)
    if not compared:
        hint = "python -m evals.run --set smoke_v1 --save-baseline, and commit the file"
        return Outcome.pending(0, place, Finding("no baseline is committed yet", place, hint=hint))
    return Outcome.ok(len(compared), place)


def bias(context: Context) -> Outcome:
    """Ask that counterfactual pairs are answered alike on today's tree; n is the number of pairs.

    What that cannot see stands in `counterfactual.py`: it is a check for bias, no proof of its
    absence.
    """
    found = current(context.root, BIAS, context.today)
    contrasts, evidence = found.get("contrasts"), str(report.FOLDER / f"{BIAS}.json")
    rows = contrasts if isinstance(contrasts, (list, tuple)) else ()
    n = sum(_whole(row, "pairs") for row in rows)
    if found["exit"]:
        return Outcome.failed(n, evidence, *_faults(found))
    if unproven := tuple(_unproven(found)):
        return Outcome.pending(n, evidence, *unproven)
    return Outcome.ok(n, evidence)


def _unproven(found: Mapping[str, object]) -> Iterator[Finding]:
    if found.get("vouches") is True:
        return
    refs = found.get("configured")
    configured = ", ".join(map(str, refs)) if isinstance(refs, (list, tuple)) else "another model"
    message = f"{found['set']} judged {found['model']}; {configured} was NOT evaluated on this tree"
    hint = "python -m evals.run --set NAME --profile live (or replay what was recorded)"
    yield Finding(message, "ai-workflow.yaml", hint=hint)


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
