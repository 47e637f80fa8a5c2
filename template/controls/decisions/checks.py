"""DEC-1: a decision record accompanies each change of behaviour. The rule itself is in `rule`."""

from controls.check.model import Context, Outcome
from controls.decisions import rule


def recorded(context: Context) -> Outcome:
    """Return whether the change in the work tree is recorded, measured from `context.base`."""
    return rule.judge(context.root, context.base)
