"""Sets new repositories up and lets them check themselves, as their owners would.

Nothing here knows what a control is: `make setup` and `python -m controls` of the repository do.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from prooflane.event import Event, Step
from prooflane.files import File
from prooflane.gate import check as gate
from prooflane.gate import process
from prooflane.gate.check import Checked
from prooflane.new import destination
from prooflane.release.abreast import abreast, cores
from prooflane.release.bares import NOBODY

T = TypeVar("T")
LOCKED = "requirements.txt"
ENVIRONMENT = ".venv"
# all checks of one repository are lint, types, tests and evals at once
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Newborn:
    """A repository that was just made: what it is called, where it lies, what it holds."""

    name: str
    root: Path
    tree: dict[str, File]

    @property
    def packages(self) -> bytes:
        """What it locks; those that lock the same can share an environment."""
        return self.tree[LOCKED].data if LOCKED in self.tree else b""


def checked(
    trees: dict[str, dict[str, File]], scratch: Path
) -> Generator[Event, None, dict[str, Checked]]:
    """Return what all own checks of a repository of each of `trees` say, by its name."""
    born = [_made(scratch / f"{at:03d}", *pair) for at, pair in enumerate(trees.items())]
    first = {row.packages: row for row in reversed(born)}
    said: dict[bytes, str] = {}
    for row in first.values():
        said[row.packages] = yield from _set_up(row)
    for row in born:
        if row is not first[row.packages]:
            (row.root / ENVIRONMENT).symlink_to(first[row.packages].root / ENVIRONMENT)
    works = [_all(row, said[row.packages]) for row in born]
    found = yield from abreast(works, max(1, cores() // AT_ONCE))
    return {row.name: checks for row, checks in zip(born, found, strict=True)}


def _made(folder: Path, name: str, tree: dict[str, File]) -> Newborn:
    # the folder's name is an answer to some templates
    root = folder / "project"
    destination.build(root, tree, "Start", NOBODY)
    return Newborn(name, root, tree)


def _set_up(row: Newborn) -> Generator[Event, None, str]:
    ended = yield from _told(row.name, process.run("set up", ("make", "setup"), row.root))
    if not ended.status:
        return ""
    lines = [line.strip() for line in ended.said.splitlines() if line.strip()]
    # make's own last word says nothing
    said = [line for line in lines if not line.startswith("make")] or lines
    return f"make setup failed: {said[-1] if said else 'without a word'}"


def _all(row: Newborn, reason: str) -> Generator[Event, None, Checked]:
    if reason:
        return Checked(reason=reason)
    return (yield from _told(row.name, gate.everything(row.root, "")))


def _told(name: str, steps: Generator[Step, None, T]) -> Generator[Event, None, T]:
    try:
        while True:
            step = next(steps)
            yield Step(f"{name}: {step.name}", step.phase, step.seconds, step.line)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()
