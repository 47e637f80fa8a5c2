"""The last eval result of each set that a repository recorded, beside the floor it would have."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prooflane import document
from prooflane.errors import ProoflaneError

REPORTS = Path(".aiwf", "reports", "evals")
SETS = ("evals/sets", "controls/evals/sets")
Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The pass rate of a set's last run, and its floor before and after."""

    set: str
    rate: float
    before: float
    after: float

    @property
    def falls(self) -> bool:
        """Whether the last result would not pass any more."""
        return self.rate < self.after


def recorded(root: Path, read: Read) -> tuple[Recorded, ...]:
    """Return the last result of each set; `read` gives a file of the tree that is to come."""
    return tuple(_recorded(root, read))


def _recorded(root: Path, read: Read) -> Iterator[Recorded]:
    for path in sorted((root / REPORTS).glob("*.json")):
        try:
            data = json.loads(path.read_bytes())
            name, rate, floor = str(data["set"]), float(data["rate"]), float(data["floor"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a report that is torn or of another version says nothing
        yield Recorded(name, rate, floor, _floor(name, read, floor))


def _floor(name: str, read: Read, before: float) -> float:
    for folder in SETS:
        blob = read(f"{folder}/{name}/set.yaml")
        if blob is not None:
            try:
                data = document.mapping(document.parse(blob, name), name)
                return float(str(data.get("min_pass", before)))
            except (ProoflaneError, ValueError):
                return before
    return before
