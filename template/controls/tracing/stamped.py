"""The span of one step of a run: the run's keys on it, below the run's innermost open span.

For the controls. Workflow code asks `Run.span`, which leaves it no span that only they may write.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from controls.tracing import semconv
from controls.tracing.keys import changing
from controls.tracing.setup import tracer

if TYPE_CHECKING:
    from controls.run import Run


@contextmanager
def stamped(
    run: "Run", name: str, operation: str, kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """Open the span, and stamp it again when it ends: with what it has taught.

    Works in any thread: where the context did not travel along, the span hangs from the run
    itself.
    """
    inside = trace.get_current_span().get_span_context()
    ours = inside.trace_id == run.root_span.get_span_context().trace_id
    context = None if ours else trace.set_span_in_context(run.root_span)
    engine = tracer(run.root, run.manifest, run.environment)
    keys = {**run.stamp(), semconv.OPERATION: operation}
    with engine.start_as_current_span(name, context=context, kind=kind, attributes=keys) as span:
        try:
            yield span
        finally:
            span.set_attributes(changing(run))
