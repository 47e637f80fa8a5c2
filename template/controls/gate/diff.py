"""The whole comparison of two sides: what the change loosens, in every part that guards something.

A part that cannot be judged is a row too: who cannot be understood is not waved through.
"""

from collections.abc import Callable
from dataclasses import dataclass

from controls.errors import ControlsError
from controls.gate import approvers, cases, matrix, protected, required, settings, surroundings
from controls.gate.row import NOTHING, Compared, Row
from controls.gate.side import Side
from controls.manifest import NAME

Part = Callable[[Side, Side], Compared]
_PARTS: tuple[tuple[str, Part], ...] = (
    ("settings", settings.compare),
    ("settings", cases.compare),
    ("approvers", approvers.compare),
    ("controls", required.compare),
    ("gate", protected.compare),
    ("gate", surroundings.compare),
)


@dataclass(frozen=True, slots=True)
class Diff:
    """What was compared and what is looser; `calls` are the loosened cells of the matrix."""

    compared: Compared
    calls: tuple[dict[str, object], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The loosened things."""
        return self.compared.rows


def compare(base: Side, change: Side) -> Diff:
    """Return everything that `change` loosens against `base`.

    Raises:
        ControlsError: when `base` itself cannot be judged: then there is nothing to hold on to.
    """
    found = NOTHING
    for area, part in _PARTS:
        part(base, base)
        found += _part(area, part, base, change)
    try:
        cells = matrix.compare(base, change)
    except ControlsError as error:
        matrix.verdicts(base)
        return Diff(found + _unjudged("calls", error), ())
    return Diff(found + cells.compared, cells.loosened)


def _part(area: str, part: Part, base: Side, change: Side) -> Compared:
    try:
        return part(base, change)
    except ControlsError as error:
        return _unjudged(area, error)


def _unjudged(area: str, error: ControlsError) -> Compared:
    row = Row(area, "the change cannot be judged", "judged", error.message, NAME)
    return Compared(1, 0, (row,))
