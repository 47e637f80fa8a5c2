"""Compares the cases of each eval set: one that is gone, or no longer critical, guards nothing.

A floor over fewer cases is another floor. What a case expects is the owner's business: its edit
needs a decision record (DEC-1) and no more.
"""

import json
from collections.abc import Iterator, Mapping

from controls.errors import ControlsError
from controls.gate.row import Compared, Row
from controls.gate.side import Side

_SETS = "evals/sets/"
_NAME = "/cases.jsonl"


def compare(base: Side, change: Side) -> Compared:
    """Return what `change` takes out of the sets that `base` has; each case is a cell.

    Raises:
        ControlsError: when the cases of either side cannot be read.
    """
    rows, cells = [], 0
    for path in sorted(base.files):
        if path.startswith(_SETS) and path.endswith(_NAME):
            before, after = _critical(base, path), _critical(change, path)
            cells += len(before)
            rows += [*_rows(path, before, after)]
    return Compared(cells, 0, tuple(rows))


def _rows(path: str, before: Mapping[str, bool], after: Mapping[str, bool]) -> Iterator[Row]:
    gone = [name for name in before if name not in after]
    softer = [name for name in before if before[name] and not after.get(name, True)]
    where = path.removesuffix(_NAME)
    for names, was, now in ((gone, "there", "gone"), (softer, "critical", "not critical")):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            what = f"{', '.join(names[:3])}{more} of {where}"
            yield Row("settings", what, was, now, path, 0, len(names))


def _critical(side: Side, path: str) -> dict[str, bool]:
    """Return id -> whether it is critical, of each case."""
    found: dict[str, bool] = {}
    for number, line in enumerate((side.read(path) or b"").splitlines(), 1):
        if line.strip():
            try:
                case = json.loads(line)
                found[str(case["id"])] = case.get("critical") is True
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise ControlsError(f"{path}:{number} is no case") from error
    return found
