"""Finds prompts whose text changed in a change while their version stayed: pure git, nothing run.

A version names a text. Traces, baselines and coverage speak of `answer@1`; where two texts carry
that name, what was evaluated is not what runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from controls import prompts
from controls.decisions import change as changes
from controls.decisions.change import Change
from controls.errors import ControlsError


@dataclass(frozen=True, slots=True)
class Kept:
    """A prompt with another text under the same version; `line` is where it differs first."""

    name: str
    version: str
    path: str
    line: int


def kept(root: Path, change: Change) -> Iterator[Kept]:
    """Yield each prompt of the change that says something else under the version that it had."""
    for path in change.paths:
        if not (path.startswith("prompts/") and path.endswith(".md")):
            continue
        now = root / path
        before = changes.before(root, change, path)
        if before is None or not now.is_file():
            continue
        try:
            old, new = prompts.parse(before, now), prompts.parse(now.read_bytes(), now)
        except ControlsError:
            continue  # what cannot be read is refused where it is used
        if old.version == new.version and (old.text, old.model) != (new.text, new.model):
            yield Kept(new.name, new.version, path, changes.first_line(root, change, path))


def count(root: Path) -> int:
    """Return how many prompts there are."""
    return len(list((root / "prompts").glob("*.md")))
