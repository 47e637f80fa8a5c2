"""What `.copier-answers.yml` records: the version of the template and the answers it was given.

Read only; Copier and Prooflane write it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controls import document
from controls.errors import ControlsError

NAME = ".copier-answers.yml"
UNRELEASED = "unreleased"
RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Answers:
    """The recorded answers; `commit` is a tag for a release, else what git called the commit."""

    commit: str
    values: Mapping[str, object]

    @property
    def ci(self) -> str:
        """The forge whose workflows this repository carries, or none."""
        return str(self.values.get("ci", "none"))


def load(root: Path) -> Answers:
    """Return the answers of the repository at `root`.

    Raises:
        ControlsError: when the file is absent or no mapping.
    """
    source = document.read(root / NAME, NAME)
    if not isinstance(source.data, dict):
        raise ControlsError(f"{NAME} holds no answers", hint=f"git checkout {NAME}")
    return Answers(str(source.data.get("_commit") or UNRELEASED), source.data)


def release(commit: str) -> tuple[int, int, int] | None:
    """Return the version that a tag names, or None for a commit between two releases."""
    match = RELEASE.fullmatch(commit)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def version(root: Path) -> str:
    """Return the template's version for people and traces; "unreleased" when none is recorded."""
    try:
        return load(root).commit
    except ControlsError:
        return UNRELEASED
