"""Findings as lines for people: place, fact, and each hint once. Shared by `check` and `verify`."""

from collections.abc import Iterator, Sequence

from controls.check.model import Finding

SHOWN = 8


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Return a line for each finding, and a hint after the last of those that share it."""
    shown = findings[:SHOWN]
    for finding, following in zip(shown, [*shown[1:], None], strict=True):
        yield f"{place(finding)}{finding.message}"
        if finding.hint and (following is None or following.hint != finding.hint):
            yield f"hint: {finding.hint}"
    if len(findings) > SHOWN:
        yield f"… and {len(findings) - SHOWN} more (python -m controls check --json)"


def place(finding: Finding) -> str:
    """Return `file:line: `, as much of it as is known."""
    if not finding.path:
        return ""
    return f"{finding.path}:{finding.line}: " if finding.line else f"{finding.path}: "
