"""Compares the disclosure labels in the trace with what their runs did.

The label was true when it was written or it was not: sources are compared with those of the span, a
claim of verification with the reports of the sets that it names.
"""

from collections.abc import Mapping
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
    runs = [span for span in read.spans(root) if span.operation == semconv.INVOKE_WORKFLOW]
    answered = [span for span in runs if semconv.OUTPUT_SHA256 in span.attributes]
    found = [
        Finding(told, _place(span, root), span.line)
        for span in answered
        if (told := _untrue(span, known))
    ]
    return len(answered), found


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
