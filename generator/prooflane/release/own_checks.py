"""Fresh repositories of the candidate, which set themselves up and check themselves.

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
from prooflane.git.identity import Identity
from prooflane.new import destination

T = TypeVar("T")
LOCKED = "requirements.txt"
NOBODY = Identity("Golden <golden@localhost> 1 +0000", "Golden <golden@localhost> 1 +0000")


@dataclass(frozen=True, slots=True)
class Fresh:
    """A profile's new repository, and what all its own checks said."""

    profile: str
    files: int
    checked: Checked | None

    @property
    def failure(self) -> str:
        """What is wrong with it; empty when nothing is."""
        if self.checked is None:
            return ""
        failed = [f"{row.id} {row.message}" for row in self.checked.findings if _is_red(row.state)]
        return "; ".join(filter(None, (self.checked.reason, *failed)))


class Nursery:
    """Sets new repositories up in a scratch folder; those with the same packages share them."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._environments: dict[bytes, Path] = {}

    def fresh(self, name: str, tree: dict[str, File]) -> Generator[Event, None, Fresh]:
        """Make a repository that holds `tree`, run all its checks, and return what they said."""
        root = self._scratch / f"{len(list(self._scratch.iterdir())):03d}" / "project"
        destination.build(root, tree, "Start", NOBODY)
        reason = yield from self._set_up(name, root, tree)
        if reason:
            return Fresh(name, len(tree), Checked(reason=reason))
        checked = yield from _told(name, gate.everything(root, ""))
        return Fresh(name, len(tree), checked)

    def _set_up(self, name: str, root: Path, tree: dict[str, File]) -> Generator[Event, None, str]:
        packages = tree[LOCKED].data if LOCKED in tree else b""
        if known := self._environments.get(packages):
            (root / ".venv").symlink_to(known)
            return ""
        ended = yield from _told(name, process.run("set up", ("make", "setup"), root))
        if ended.status:
            lines = [line.strip() for line in ended.said.splitlines() if line.strip()]
            return f"make setup failed: {lines[-1] if lines else 'without a word'}"
        self._environments[packages] = root / ".venv"
        return ""


def _is_red(state: str) -> bool:
    return state == "failed"


def _told(name: str, steps: Generator[Step, None, T]) -> Generator[Event, None, T]:
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        yield Step(f"{name}: {step.name}", step.phase, step.seconds, step.line)
