"""The baseline of a set: which cases passed when somebody last said "this is how it should be".

A committed file, `evals/baselines/<set>.json`. Cases are compared by id and content: a case that
was rewritten since is new, not a regression. What a change means is decided in `verdict.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError
from controls.evals.results import Result

FOLDER = Path("evals/baselines")


@dataclass(frozen=True, slots=True)
class Baseline:
    """`passed` maps a case's id to its digest and whether it passed; `figures` are the run's."""

    passed: Mapping[str, tuple[str, bool]]
    figures: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """Cases that went from pass to fail, and the other way."""

    worse: tuple[Result, ...]
    better: tuple[Result, ...]


def path(root: Path, name: str) -> Path:
    """Return where the baseline of the set `name` is kept."""
    return root / FOLDER / f"{name}.json"


def load(file: Path) -> Baseline | None:
    """Return the baseline in `file`, None where there is no such file.

    Raises:
        ControlsError: when it cannot be read as one: a corrupt baseline is no baseline to pass by.
    """
    if not file.exists():
        return None
    try:
        data = json.loads(file.read_bytes())
        passed = {
            id_: (str(row["sha256"]), row["passed"] is True) for id_, row in data["cases"].items()
        }
        return Baseline(passed, dict(data["figures"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ControlsError(
            f"baseline {file.name!r} cannot be read: {error}", "save a new one with --save-baseline"
        ) from error


def save(file: Path, results: Sequence[Result], figures: Mapping[str, object]) -> None:
    """Write the baseline, one case a line, so that its diff can be reviewed."""
    cases = {
        result.case.id: {"sha256": result.case.sha256, "passed": result.ok} for result in results
    }
    lines = ",\n".join(f"  {json.dumps(id_)}: {json.dumps(row)}" for id_, row in cases.items())
    file.parent.mkdir(parents=True, exist_ok=True)
    text = f'{{"figures": {json.dumps(figures)},\n"cases": {{\n{lines}\n}}}}\n'
    file.write_text(text, encoding="utf-8")


def changes(baseline: Baseline | None, results: Sequence[Result]) -> Change:
    """Return which cases changed since the baseline; without one, none did."""
    before = baseline.passed if baseline else {}
    known = [
        (result, before[result.case.id][1])
        for result in results
        if before.get(result.case.id, ("",))[0] == result.case.sha256
    ]
    return Change(
        tuple(result for result, passed in known if passed and not result.ok),
        tuple(result for result, passed in known if not passed and result.ok),
    )
