"""Turns a check's outcome into a verb's report, so that each family's own `check` reads the same.

Decides no state. The table over all controls is drawn by `controls.check`.
"""

from controls.check.model import Finding, Outcome, State
from controls.report import Report


def report(outcome: Outcome) -> Report:
    """Return the outcome as data and text; the status is 1 when it failed or looked at nothing."""
    failed = outcome.state is State.failed or (outcome.state is State.ok and not outcome.n)
    state = State.failed if failed else outcome.state
    data: dict[str, object] = {
        "state": str(state),
        "n": outcome.n,
        "evidence": outcome.evidence,
        "findings": [_row(finding) for finding in outcome.findings],
    }
    lines = [line(finding) for finding in outcome.findings]
    return Report(data, "\n".join([*lines, f"{state}: {outcome.evidence}"]), status=int(failed))


def line(finding: Finding) -> str:
    """Return `path:line: message`, with the hint on a line of its own."""
    place = ":".join(str(part) for part in (finding.path, finding.line) if part)
    hint = f"\nhint: {finding.hint}" if finding.hint else ""
    return f"{place}: {finding.message}{hint}" if place else f"{finding.message}{hint}"


def _row(finding: Finding) -> dict[str, object]:
    return {
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "hint": finding.hint,
    }
