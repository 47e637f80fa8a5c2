"""Writes a person's decision into the trace of the run that made the draft.

The run has ended by then, so the decision is a span of its own below the run's, with the event
`aiwf.human.review`: decision, share of words changed, person. The text itself is not written.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from controls import manifest as manifests
from controls.review.draft import Draft
from controls.tracing import digest, semconv
from controls.tracing.setup import tracer

if TYPE_CHECKING:
    from controls.run import Run


def kept(run: "Run") -> dict[str, object]:
    """Return what a later decision needs to find the run's trace, and a reviewer to judge it."""
    place = run.root_span.get_span_context()
    return {
        "trace_id": f"{place.trace_id:032x}",
        "span_id": f"{place.span_id:016x}",
        "environment": run.environment,
        "keys": run.stamp(),
        "sources": [
            {"id": source.id, "title": source.title, "text": source.text}
            for source in run.trail.sources
        ],
    }


def decided(root: Path, draft: Draft, place: Mapping[str, object]) -> None:
    """Write the decision on `draft`, whose text is by now the one that was decided on."""
    manifest = manifests.load(root)
    engine = tracer(root, manifest, str(place.get("environment", "development")))
    parent = SpanContext(
        int(str(place["trace_id"]), 16),
        int(str(place["span_id"]), 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    context = trace.set_span_in_context(NonRecordingSpan(parent))
    kept = place.get("keys")
    keys = kept if isinstance(kept, dict) else {}
    with engine.start_as_current_span(
        f"review {draft.state}", context=context, attributes=keys
    ) as span:
        span.set_attribute(semconv.OUTPUT_SHA256, digest.of(root, keys, draft.text))
        span.set_attribute(semconv.DISCLOSURE, draft.disclosure)
        span.add_event(
            semconv.HUMAN_REVIEW,
            {
                semconv.HUMAN_DECISION: str(draft.state),
                semconv.HUMAN_EDIT_RATIO: draft.edit_ratio,
                semconv.HUMAN_ACTOR: draft.actor,
            },
        )
