"""What `prooflane check --heal` shows before it does anything."""

from collections.abc import Iterator

from prooflane.check.heal import Action, Plan
from prooflane.report.paint import Paint

STYLES = {Action.restored: "yellow", Action.added: "green", Action.removed: "red"}


def lines(planned: Plan, paint: Paint) -> Iterator[str]:
    """Give a line for each path, then where what is replaced will be kept."""
    for path, action in planned.actions.items():
        yield f"{paint(STYLES[action], f'{action.value:<8}')}{path}"
    if planned.kept:
        yield f"{'keep':<8}what was there: git apply {planned.kept}"
