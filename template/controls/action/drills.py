"""Proves the controls of tier 4 by trying to break them, on copies and in the sandbox itself.

`probes.py` plants the faults. A machine without a sandbox is pending: no tool runs on it, and
nobody is told otherwise.
"""

from collections.abc import Sequence

from controls.action import probes, sandbox, tools
from controls.approvals import ssh
from controls.check.model import Context, Finding, Outcome

HERE = "controls/action"


def two_people(context: Context) -> Outcome:
    """TWO-1: one person twice, a replay and an approval of something else are refused."""
    if not ssh.installed():
        told = f"{ssh.PROGRAM} is not installed, so no approval can be verified"
        return Outcome.pending(0, told, Finding(told, HERE, 0, f"install {ssh.PACKAGE!r}"))
    tried, found = probes.approvals(context)
    return _outcome(tried, f"{tried} ways to agree alone, each refused", found)


def refused(context: Context) -> Outcome:
    """TOL-1: an unknown tool and arguments beyond the schema are refused, whatever they are."""
    tried, found = probes.arguments(tools.load(context.root), context.manifest)
    return _outcome(tried, f"{tried} tools and arguments that are not allowed, each refused", found)


def escapes(context: Context) -> Outcome:
    """SBX-1: network, writing outside, more processes, /proc and too much of anything all fail."""
    if told := sandbox.broken():
        return Outcome.pending(0, told, Finding(told, f"{HERE}/sandbox.py", 0, sandbox.HINT))
    tried, found = probes.escapes(context.root)
    return _outcome(tried, f"{tried} ways out of the sandbox tried, from inside", found)


def rollbacks(context: Context) -> Outcome:
    """RBK-1: what an act changed, made or deleted comes back; a later edit is not overwritten."""
    tried, found = probes.rollbacks(context)
    return _outcome(tried, f"{tried} states put back, or refused, on a copy", found)


def _outcome(n: int, evidence: str, found: Sequence[Finding]) -> Outcome:
    return Outcome.failed(n, evidence, *found) if found else Outcome.ok(n, evidence)
