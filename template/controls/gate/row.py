"""What a change loosens, as values: one row for what a person would call one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the change loosens; `path` and `line` are where the change says so.

    `area` is calls, settings, approvers, controls, gate or template; `cells` counts the cells of
    the comparison behind it.
    """

    area: str
    what: str
    before: str
    after: str
    path: str
    line: int = 0
    cells: int = 1


@dataclass(frozen=True, slots=True)
class Compared:
    """What one part of the comparison found: how many cells it looked at, and the loosened ones."""

    cells: int
    tightened: int
    rows: tuple[Row, ...]

    def __add__(self, other: "Compared") -> "Compared":
        return Compared(
            self.cells + other.cells, self.tightened + other.tightened, self.rows + other.rows
        )


NOTHING = Compared(0, 0, ())
