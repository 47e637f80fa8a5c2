"""Draws the spans of one run as a tree for the terminal; values in, text out."""

from collections.abc import Iterator, Mapping, Sequence

from controls.tracing import semconv
from controls.tracing.read import Span


def tree(spans: Sequence[Span]) -> str:
    """Return the spans as an aligned tree: duration, then name, then what matters of each.

    A span whose parent was not recorded is drawn as a root, so nothing is hidden.
    """
    rows = [(lead + span.name, span) for lead, span in walk(spans)]
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(
        line
        for name, span in rows
        for line in (f"{_time(span)}  {name:<{width}}  {facts(span)}".rstrip(), *_signals(span))
    )


def headline(root_span: Span) -> str:
    """Return the run in two lines: which run of what, and what a reader of its output was told."""
    attributes = root_span.attributes
    who = [
        f"{label} {attributes[key]}"
        for label, key in (
            ("prompt", semconv.PROMPT_NAME),
            ("version", semconv.PROMPT_VERSION),
            ("data", semconv.CLASSIFICATION),
            ("environment", semconv.ENVIRONMENT),
        )
        if attributes.get(key)
    ]
    missing = "unfinished" if root_span.unfinished else "no outcome"
    first = f"run {root_span.run_id}  {attributes.get(semconv.OUTCOME, missing)}"
    missing = "killed, or still running" if root_span.unfinished else "nothing was delivered"
    label = attributes.get(semconv.DISCLOSURE, missing)
    return f"{first}  {' · '.join(who)}\n{label}"


def walk(spans: Sequence[Span]) -> Iterator[tuple[str, Span]]:
    """Yield each span after the lines that lead to it, parents first; orphans are roots."""
    known = {span.span_id for span in spans}
    below: dict[str | None, list[Span]] = {}
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        parent = span.parent_span_id if span.parent_span_id in known else None
        below.setdefault(parent, []).append(span)
    yield from _branch(below, None, "")


def _branch(
    below: Mapping[str | None, Sequence[Span]], parent: str | None, indent: str
) -> Iterator[tuple[str, Span]]:
    children = below.get(parent, ())
    for child in children:
        last = child is children[-1]
        lead = "" if parent is None else indent + ("└─ " if last else "├─ ")
        yield lead, child
        deeper = "" if parent is None else indent + ("   " if last else "│  ")
        yield from _branch(below, child.span_id, deeper)


def _time(span: Span) -> str:
    if span.unfinished:
        return f"{'unfinished':>11}"
    milliseconds = span.seconds * 1000
    return f"{milliseconds:8.1f} ms" if milliseconds < 10_000 else f"{span.seconds:8.1f} s "


def facts(span: Span) -> str:
    """Return what matters of a span beside its name: model, tokens, cost, what was found."""
    drawn = {
        semconv.INVOKE_WORKFLOW: _run_facts,
        semconv.CHAT: _call_facts,
        semconv.RETRIEVAL: _retrieval_facts,
        semconv.EXECUTE_TOOL: _tool_facts,
    }.get(span.operation)
    told = drawn(span.attributes) if drawn else ()
    error = f"{span.status.lower()}: {span.status_message}" if span.status == "ERROR" else ""
    return " · ".join(fact for fact in (*told, error) if fact)


def _run_facts(at: Mapping[str, object]) -> tuple[str, ...]:
    return (str(at.get(semconv.OUTCOME, "")), _dollars(at))


def _call_facts(at: Mapping[str, object]) -> tuple[str, ...]:
    denied = at.get(semconv.POLICY_DECISION) == semconv.DENY
    tokens = (at.get(semconv.INPUT_TOKENS), at.get(semconv.OUTPUT_TOKENS))
    return (
        f"denied: {at.get(semconv.ERROR_TYPE, 'policy')}"
        if denied
        else str(at.get(semconv.RESPONSE_MODEL, "no response")),
        f"{tokens[0]} → {tokens[1]} tokens" if None not in tokens else "",
        _dollars(at),
        f"confidence {at[semconv.CONFIDENCE]:.2f}" if semconv.CONFIDENCE in at else "",
        f"cache {at[semconv.CACHE]}" if semconv.CACHE in at else "",
    )


def _retrieval_facts(at: Mapping[str, object]) -> tuple[str, ...]:
    ids = at.get(semconv.SOURCE_IDS)
    return (", ".join(map(str, ids)) if isinstance(ids, list) and ids else "nothing found",)


def _tool_facts(at: Mapping[str, object]) -> tuple[str, ...]:
    agreed = at.get(semconv.APPROVAL_ID)
    return (
        str(at.get(semconv.OUTCOME, "")),
        str(at.get(semconv.TOOL_EFFECT, "")),
        "dry run" if at.get(semconv.DRY_RUN) else "",
        f"{len(agreed)} approvals" if isinstance(agreed, list) and agreed else "",
        str(at.get(semconv.ERROR_TYPE, "")),
    )


def _dollars(at: Mapping[str, object]) -> str:
    cost = at.get(semconv.COST_USD)
    return f"${cost:.6f}" if isinstance(cost, int | float) else ""


def _signals(span: Span) -> Iterator[str]:
    for event in span.events:
        if event.name == semconv.SAFETY_SIGNAL:
            said = " · ".join(f"{key} {value}" for key, value in event.attributes.items())
            mark = " " if event.attributes.get(semconv.SAFETY_VERDICT) == "pass" else "!"
            yield f"{'':13}{mark} safety signal: {said}"
