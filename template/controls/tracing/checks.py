"""Checks that the spans of the last eval runs carry what the tier must log (LOG-1, LOG-2, LOG-3).

The lists of keys are data: `keys` of each control in the catalogue. A call that policy denied never
had a response, so the keys of a response are asked of the other calls only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from controls.check.model import Context, Finding, Outcome
from controls.tracing import FOLDER, read, semconv
from controls.tracing.read import Span

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
SIGNAL = (
    semconv.SAFETY_CATEGORY,
    semconv.SAFETY_SCORE,
    semconv.SAFETY_VERDICT,
    semconv.SAFETY_ACTION,
    semconv.SAFETY_POLICY,
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
    faults = list(_incomplete(runs, reading.spans))
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

    An empty list of sources is a value where the run found nothing and said so. An event counts
    as there when each of its attributes has a value.
    """
    part = {semconv.INVOKE_WORKFLOW: "run", semconv.CHAT: "call"}.get(span.operation, "")
    refused = _refused(span)
    for key in keys.get(part, ()):
        if not _has(span, key) and not (refused and key in OF_A_RESPONSE):
            yield key
    for name in keys.get("event", ()) if part == "call" and not refused else ():
        yield from _missing_event(span, name)
    yield from (key for key in keys.get("resource", ()) if span.resource.get(key) in (None, ""))


def _has(span: Span, key: str) -> bool:
    value = span.attributes.get(key)
    abstained = span.attributes.get(semconv.OUTCOME) == semconv.ABSTAINED
    return value not in (None, "") and (value != [] or abstained)


def _missing_event(span: Span, name: str) -> Iterator[str]:
    found = [event.attributes for event in span.events if event.name == name]
    if not found:
        yield name
    for attributes in found:
        yield from (f"{name} {key}" for key in SIGNAL if attributes.get(key) in (None, ""))


def _incomplete(runs: frozenset[str], spans: Sequence[Span]) -> Iterator[Finding]:
    """Yield each run whose own span, or whose calls, are not in the trace."""
    for operation, sentence in (
        (semconv.INVOKE_WORKFLOW, "left no span of its own"),
        (semconv.CHAT, "traced no call of a model"),
    ):
        traced = {span.run_id for span in spans if span.operation == operation}
        for run in sorted(runs - traced):
            yield Finding(f"run {run!r} {sentence}", str(FOLDER), hint="make eval")


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
