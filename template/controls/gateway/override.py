"""Sets the output of a run aside: a person decides against the model, and that is on record.

The answer may have been read already; from here on its trace says that it does not stand, and no
act that the run proposed can be done any more.
"""

from pathlib import Path

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from controls import manifest as manifests
from controls.audit import entry, read, writer
from controls.audit.entry import Act
from controls.errors import ControlsError
from controls.gateway import switch
from controls.tracing import read as traces
from controls.tracing import semconv
from controls.tracing.read import Span
from controls.tracing.setup import tracer

KIND = "override"
_MARK = f'"kind":"{KIND}"'.encode()


def record(root: Path, run_id: str, reason: str, actor: str | None) -> int:
    """Set the output of the run `run_id` aside, and return the number of its entry.

    Raises:
        ControlsError: when nobody says who decides, there is no such run, or it cannot be
            recorded.
    """
    who, span = switch.person(actor), _run(root, run_id)
    manifest = manifests.load(root)
    known = str(span.attributes.get(semconv.CLASSIFICATION, manifest.data_class))
    facts = {
        "run": run_id,
        "by": who,
        "reason": reason,
        "output": span.attributes.get(semconv.OUTPUT_SHA256, ""),
        "model": span.attributes.get(semconv.RESPONSE_MODEL, ""),
    }
    receipt = writer.append(root, Act(KIND, known, facts), sync=True)
    _traced(root, manifest, span, who, receipt.seq)
    return receipt.seq


def given(root: Path, run_id: str) -> int | None:
    """Return the entry that set the run `run_id` aside, None where it stands.

    Raises:
        ControlsError: when the trail cannot be read.
    """
    if not run_id or not read.exists(root):
        return None
    wanted = run_id.encode()
    with read.snapshot(root) as seen:
        for line in read.lines(seen):
            if _MARK in line and wanted in line:
                found = entry.parse(line)
                if found.kind == KIND and found.facts.get("run") == run_id:
                    return found.seq
    return None


def _run(root: Path, run_id: str) -> Span:
    for span in traces.spans(root, run=run_id):
        if span.operation == semconv.INVOKE_WORKFLOW:
            return span
    raise ControlsError(f"there is no run {run_id!r}", "python -m controls trace")


def _traced(root: Path, manifest: manifests.Manifest, span: Span, who: str, seq: int) -> None:
    parent = SpanContext(
        int(span.trace_id, 16),
        int(span.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    place = trace.set_span_in_context(NonRecordingSpan(parent))
    environment = str(span.resource.get(semconv.ENVIRONMENT, "development"))
    keys = {
        name: value
        for name, value in span.attributes.items()
        if name in {semconv.RUN_ID, semconv.CLASSIFICATION, semconv.RISK_TIER, semconv.TEAM}
        and isinstance(value, str | int)
    }
    engine = tracer(root, manifest, environment)
    with engine.start_as_current_span(KIND, context=place, attributes=keys) as told:
        told.set_attribute(semconv.AUDIT_SEQ, seq)
        decided = {semconv.HUMAN_DECISION: "overridden", semconv.HUMAN_ACTOR: who}
        told.add_event(semconv.HUMAN_REVIEW, decided)
