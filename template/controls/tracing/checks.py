"""Checks that the spans of the last eval runs carry what the tier must log (LOG-1, LOG-2, LOG-3).

The lists of keys are data: `keys` of each control in the catalogue. A call that policy denied never
had a response, so the keys of a response are asked of the other calls only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from controls.check.model import Context, Finding, Outcome
from controls.tracing import read, semconv
from controls.tracing.read import Span
from controls.tracing.setup import FOLDER

REPORTS = Path(".aiwf/reports/evals")
OF_A_RESPONSE = frozenset(
    {
        semconv.RESPONSE_MODEL,
        semconv.OUTPUT_SHA256,
        semconv.COST_USD,
        semconv.PRICE_VERSION,
        semconv.DISCLOSURE,
        semconv.SOURCE_IDS,
        semconv.SOURCE_DIGESTS,
    }
)
_SHOWN = 5


def logging(context: Context) -> Outcome:
    """Look at every span of the last run of each eval set; n is the number of spans."""
    control = context.control
    runs = eval_runs(context.root)
    reading = read.load(context.root, runs=runs)
    if control is None or not reading.spans:
        missing = "no eval run was recorded" if not runs else f"no span of {len(runs)} runs is left"
        return Outcome.failed(0, str(FOLDER), Finding(missing, str(FOLDER), hint="make eval"))
    lost = runs - {span.run_id for span in reading.spans}
    faults = [Finding(f"run {run!r} left no span", str(FOLDER)) for run in sorted(lost)]
    for span in reading.spans:
        faults += [_finding(context.root, span, key) for key in missing_keys(span, control.keys)]
    if faults:
        return Outcome.failed(len(reading.spans), str(FOLDER), *_first(faults))
    return Outcome.ok(len(reading.spans), str(FOLDER))


def eval_runs(root: Path) -> frozenset[str]:
    """Return the ids of the runs that the last report of each eval set names."""
    return frozenset(
        run for path in sorted((root / REPORTS).glob("*.json")) for run in _runs_of(path)
    )


def missing_keys(span: Span, keys: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield each required key that the span lacks, or that is there without a value.

    An empty list of sources is a value where the run found nothing and said so.
    """
    part = {semconv.INVOKE_WORKFLOW: "run", semconv.CHAT: "call"}.get(span.operation)
    wanted = keys.get(part, ()) if part else ()
    events = {key: value for event in span.events for key, value in event.attributes.items()}
    for key in wanted:
        if not (_refused(span) and key in OF_A_RESPONSE):
            value = span.attributes.get(key, events.get(key))
            abstained = span.attributes.get(semconv.OUTCOME) == semconv.ABSTAINED
            if value in (None, "") or (value == [] and not abstained):
                yield key
    yield from (key for key in keys.get("resource", ()) if span.resource.get(key) in (None, ""))


def _refused(span: Span) -> bool:
    denied = span.attributes.get(semconv.POLICY_DECISION) == semconv.DENY
    return denied or span.attributes.get(semconv.OUTCOME) == semconv.DENIED


def _runs_of(path: Path) -> Sequence[str]:
    try:
        return [str(run) for run in json.loads(path.read_bytes())["run_ids"]]
    except (ValueError, KeyError, TypeError):
        return []


def _finding(root: Path, span: Span, key: str) -> Finding:
    place = str(span.path.relative_to(root))
    message = f"span {span.span_id} ({span.name}) of run {span.run_id} lacks {key!r}"
    return Finding(message, place, span.line, "call models through run.model() inside run.start()")


def _first(faults: Sequence[Finding]) -> Sequence[Finding]:
    if len(faults) <= _SHOWN:
        return faults
    rest = len(faults) - _SHOWN
    return [*faults[:_SHOWN], Finding(f"and {rest} more of the kind", str(FOLDER))]
