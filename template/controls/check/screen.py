"""A check run for people: what is in order first, what needs you last."""

from collections.abc import Iterator
from dataclasses import replace

from controls.check.findings import lines
from controls.check.model import State
from controls.check.runner import SEVERITY, Result
from controls.check.summary import Summary
from controls.paint import Paint

INDENT = " " * 13


def screen(summary: Summary, paint: Paint) -> str:
    """Return the whole screen; findings stand under their control, each with its place."""
    return paint.plain("\n".join(_screen(summary, paint)))


def counts(numbers: dict[State, int], paint: Paint) -> str:
    """Return `18 ok · 3 pending · 1 failed`; a state that no control has is left out."""
    parts = [
        paint(state.value, f"{numbers[state]} {state.value}") for state in State if numbers[state]
    ]
    return " · ".join(parts)


def heading(summary: Summary, paint: Paint) -> str:
    """Return the line that says which repository this is about."""
    facts = (
        f"tier {summary.tier} {summary.tier_name}",
        summary.lifecycle,
        f"template {summary.template_version}",
    )
    return " · ".join((paint("bold", summary.title), *facts))


def _screen(summary: Summary, paint: Paint) -> Iterator[str]:
    yield heading(summary, paint)
    yield ""
    width = max((len(result.control.title) for result in summary.results), default=0)
    for result in sorted(summary.results, key=lambda r: SEVERITY.index(r.outcome.state)):
        yield _row(result, width, paint)
        if result.outcome.state is not State.ok:
            yield from _findings(result, paint)
    yield ""
    yield "  " + counts({state: summary.count(state) for state in State}, paint)
    if summary.skipped:
        yield paint("dim", f"  not run with --static: {', '.join(summary.skipped)}")


def _row(result: Result, width: int, paint: Paint) -> str:
    outcome, control = result.outcome, result.control
    state = paint(outcome.state, f"{outcome.state:<7}")
    text = f"{control.id:<6} {control.title:<{width}}  {outcome.n:>5}"
    used = 2 + 2 + 8 + len(text) + 2
    evidence = paint("dim", paint.cut(outcome.evidence, used))
    return f"  {paint.mark(outcome.state)} {state}  {text}  {evidence}".rstrip()


def _findings(result: Result, paint: Paint) -> Iterator[str]:
    failed = result.outcome.state is State.failed
    findings = result.outcome.findings
    # what a person has yet to fill in needs one remedy, not one a line
    if not failed and len({finding.hint for finding in findings}) > 1:
        findings = tuple(replace(finding, hint="") for finding in findings)
    for line in lines(findings):
        yield INDENT + (paint("dim", line) if line.startswith("hint: ") else line)
    if not any(finding.hint for finding in findings):
        yield paint("dim", f"{INDENT}hint: {result.control.remedy}")
