"""What a state becomes after waivers, lifecycle and mode: the last word on a control.

Pure. A waiver never makes a control ok: it stays visible as pending, with who approved it and until
when. `lifecycle: production` has no pending.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from controls.check.model import Context, Finding, Outcome, State
from controls.check.runner import Result
from controls.manifest import NAME, Waiver

LONGEST = timedelta(days=90)


def judge(context: Context, result: Result) -> Result:
    """Return `result` as it counts today in this repository."""
    outcome = _waived(context, result)
    if context.manifest.production and outcome.state is State.pending:
        reason = Finding("pending is not enough in production", NAME, _line(context, "lifecycle"))
        outcome = replace(outcome, state=State.failed, findings=(*outcome.findings, reason))
    if result.control.mode == "warn" and outcome.state is State.failed:
        notice = Finding(f"{result.control.id} only warns so far; a later release blocks")
        outcome = replace(outcome, state=State.pending, findings=(*outcome.findings, notice))
    return replace(result, outcome=outcome)


def _waived(context: Context, result: Result) -> Outcome:
    outcome = result.outcome
    for index, waiver in _waivers(context, result.control.id):
        place = (NAME, _line(context, "waivers", index))
        if objection := _objection(context, waiver):
            finding = Finding(objection, *place)
            outcome = replace(outcome, state=State.failed, findings=(*outcome.findings, finding))
        elif outcome.state is State.failed:
            finding = Finding(
                f"waived until {waiver.expires} by {waiver.approver}: {waiver.reason}", *place
            )
            outcome = replace(outcome, state=State.pending, findings=(*outcome.findings, finding))
    return outcome


def _waivers(context: Context, control: str) -> Iterator[tuple[int, Waiver]]:
    waivers = enumerate(context.manifest.waivers)
    return ((index, waiver) for index, waiver in waivers if waiver.control == control)


def _objection(context: Context, waiver: Waiver) -> str:
    expires = date.fromisoformat(waiver.expires)
    if expires < context.today:
        return f"the waiver expired on {waiver.expires}"
    if expires - context.today > LONGEST:
        days = (expires - context.today).days
        return f"the waiver runs until {waiver.expires}, {days} days ahead, and 90 is the most"
    if not (context.root / waiver.decision).is_file():
        return f"the waiver's decision record {waiver.decision!r} does not exist"
    return ""


def _line(context: Context, *path: str | int) -> int:
    return context.manifest.line("spec", *path)
