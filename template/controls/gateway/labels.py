"""Compares the disclosure labels in the trace with what their runs did.

The label was true when it was written or it was not: model and sources of the run are compared
with those of its calls and retrievals, a claim of verification with the reports of the sets that it
names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from controls.check.model import Finding
from controls.evals import evidence
from controls.gateway.disclosure import DOT, reports
from controls.tracing import read, semconv
from controls.tracing.read import Span

CLAIM = "verified by eval "


def false(root: Path) -> tuple[int, list[Finding]]:
    """Return how many labels were compared, and a finding for each that is missing or untrue."""
    known = {name: told for name, told in reports(root) if evidence.genuine(root, name)}
    done = _done(root)
    runs = [span for span in done.spans if span.operation == semconv.INVOKE_WORKFLOW]
    answered = [span for span in runs if semconv.OUTPUT_SHA256 in span.attributes]
    found = [
        Finding(told, _place(span, root), span.line)
        for span in answered
        if (told := _untrue(span, known) or _unearned(span, done))
    ]
    return len(answered), found


@dataclass(frozen=True, slots=True)
class _Done:
    """All spans, and what they say beside those of the runs: by run, models and source digests."""

    spans: tuple[Span, ...]
    models: Mapping[str, frozenset[object]]
    sources: Mapping[str, frozenset[object]]


def _done(root: Path) -> _Done:
    spans = tuple(read.spans(root))
    models: dict[str, set[object]] = {}
    sources: dict[str, set[object]] = {}
    for span in spans:
        if span.operation == semconv.CHAT:
            models.setdefault(span.run_id, set()).add(span.attributes.get(semconv.RESPONSE_MODEL))
        elif span.operation == semconv.RETRIEVAL:
            sources.setdefault(span.run_id, set()).update(_digests(span))
    return _Done(spans, _frozen(models), _frozen(sources))


def _unearned(span: Span, done: _Done) -> str:
    """Say what the run claims for itself and none of its calls and retrievals bears out."""
    model = span.attributes.get(semconv.RESPONSE_MODEL)
    if model and model not in done.models.get(span.run_id, ()):
        return f"run {span.run_id!r} names the model {model!r}, and no call of it was answered so"
    if not set(_digests(span)) <= done.sources.get(span.run_id, frozenset()):
        return f"run {span.run_id!r} names sources, and no retrieval of it found them"
    return ""


def _digests(span: Span) -> Sequence[object]:
    found = span.attributes.get(semconv.SOURCE_DIGESTS)
    return found if isinstance(found, list) else []


def _frozen(found: Mapping[str, set[object]]) -> dict[str, frozenset[object]]:
    return {run: frozenset(values) for run, values in found.items()}


def _untrue(span: Span, known: Mapping[str, Mapping[str, object]]) -> str:
    said = str(span.attributes.get(semconv.DISCLOSURE, ""))
    if not said:
        return f"run {span.run_id!r} has no disclosure"
    parts = said.split(DOT)
    if ("sources attached" in parts) != bool(span.attributes.get(semconv.SOURCE_IDS)):
        return f"run {span.run_id!r} is labelled {said!r}, its trace says otherwise about sources"
    claimed = [part.removeprefix(CLAIM).split(", ") for part in parts if part.startswith(CLAIM)]
    for name in (name for group in claimed for name in group):
        if not _supported(span, known.get(name)):
            return f"run {span.run_id!r} claims eval {name!r}, and no report of it supports that"
    return ""


def _supported(span: Span, report: Mapping[str, object] | None) -> bool:
    """Say whether `report` is there, and of the span's prompt if it is of the span's time."""
    if report is None:
        return False
    prompt, models = report.get("prompt"), report.get("models")
    if not isinstance(prompt, dict) or not isinstance(models, list):
        return False
    if prompt.get("sha256") != span.attributes.get(semconv.PROMPT_SHA256):
        return True  # the set ran again with a later prompt: its earlier report is gone
    return span.attributes.get(semconv.RESPONSE_MODEL) in models


def _place(span: Span, root: Path) -> str:
    inside = span.path.is_relative_to(root)
    return span.path.relative_to(root).as_posix() if inside else str(span.path)
