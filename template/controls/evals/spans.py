"""Reads the spans of one run back from the trace, as evaluators of pydantic-evals expect them.

What is judged is what was written, so an evaluator sees what an auditor will see, and no more.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from pydantic_evals.otel import SpanNode, SpanTree

from controls.tracing import read, semconv
from controls.tracing.read import Span

TOOL = "execute_tool"


def tree(root: Path, run_id: str) -> SpanTree:
    """Return the spans of the run as a tree; it is empty where the trace holds none."""
    found = SpanTree()
    found.add_spans([_node(span) for span in read.spans(root, run=run_id)])
    return found


def tools(found: SpanTree) -> tuple[str, ...]:
    """Return the names of the tools that were used, in the order in which they began."""
    used = found.find(lambda node: node.attributes.get(semconv.OPERATION) == TOOL)
    ordered = sorted(used, key=lambda node: node.start_timestamp)
    return tuple(
        str(node.attributes.get(semconv.TOOL_NAME) or node.name.removeprefix(f"{TOOL} "))
        for node in ordered
    )


def _node(span: Span) -> SpanNode:
    status: Literal["error", "ok", "unset"] = "error" if span.status == "ERROR" else "unset"
    return SpanNode(
        name=span.name,
        trace_id=_number(span.trace_id),
        span_id=_number(span.span_id),
        parent_span_id=_number(span.parent_span_id) if span.parent_span_id else None,
        start_timestamp=datetime.fromtimestamp(span.start / 1e9, UTC),
        end_timestamp=datetime.fromtimestamp(span.end / 1e9, UTC),
        attributes=cast("dict[str, Any]", dict(span.attributes)),
        status=status,
    )


def _number(text: str) -> int:
    return int(text, 16)
