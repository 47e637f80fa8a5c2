"""Which steps there are, and the command of each. Data only; `controls.verify.execute` runs them.

Lint, types and tests look at the owner's rooms: managed code is proven by its digests (TPL-1).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from controls import git
from controls.catalogue import Catalogue
from controls.evals import gate

BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Step:
    """A named list of commands, each a list of words; `refused` says why there are none."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    refused: str = ""


def first(root: Path, tier: int, catalogue: Catalogue) -> tuple[Step, ...]:
    """Return the steps that need nothing of each other.

    Raises:
        ControlsError: when an eval set does not load.
    """
    return (_lint(owned(root, catalogue)), _types(), _tests(), _evals(root, tier))


def last(base: str | None) -> Step:
    """Return the step that judges what the steps before it left behind."""
    asked = ("--base", base) if base else ()
    return Step("controls", ((sys.executable, "-m", "controls", "check", "--json", *asked),))


def answer(question: str) -> Step:
    """Return the step that asks the workflow one question, for the last screen."""
    return Step("answer", ((sys.executable, "-m", "controls", "ask", "--json", question),))


def owned(root: Path, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the Python files below `root` that are nobody's but the owner's."""
    managed = catalogue.ownership["managed"]
    files = (name for name in git.files(root) if name.endswith(".py"))
    return tuple(name for name in files if not _under(name, managed))


def _under(name: str, paths: Sequence[str]) -> bool:
    return any(name == path or (path.endswith("/") and name.startswith(path)) for path in paths)


def _lint(files: tuple[str, ...]) -> Step:
    if not files:
        return Step("lint", (), "there is no Python file of yours to look at")
    ruff = str(BIN / "ruff")
    return Step(
        "lint",
        (
            (ruff, "check", "--quiet", "--force-exclude", "--output-format=concise", *files),
            (ruff, "format", "--check", "--quiet", "--force-exclude", *files),
        ),
    )


def _types() -> Step:
    return Step("types", ((str(BIN / "pyrefly"), "check", "--output-format=min-text"),))


def _tests() -> Step:
    return Step("tests", ((sys.executable, "-m", "pytest", "--no-header", "--color=no"),))


def _evals(root: Path, tier: int) -> Step:
    names = gate.required(root, tier)
    return Step("evals", tuple((sys.executable, "-m", "evals.run", "--set", n) for n in names))
