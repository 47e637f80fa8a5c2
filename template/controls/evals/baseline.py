"""The baseline of a set on one model: which cases passed when it was as it should be.

A committed file, `evals/baselines/<set>@<model>.json`. Each case was run several times for it: one
that passed once by luck is no promise, and its next failure no regression. Cases are compared by id
and content: a case that was rewritten since is new. What a change means is decided in `verdict.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError
from controls.evals.results import Summary
from controls.evals.verdict import is_steady

FOLDER = Path("evals/baselines")


@dataclass(frozen=True, slots=True)
class Kept:
    """One case of a baseline: the digest of its content, and whether each of its runs passed."""

    sha256: str
    runs: tuple[bool, ...]

    @property
    def held(self) -> bool:
        """Whether the case passed steadily."""
        return is_steady(sum(self.runs), len(self.runs))

    @property
    def missed(self) -> bool:
        """Whether the case failed steadily; one that did neither was flaky."""
        return is_steady(len(self.runs) - sum(self.runs), len(self.runs))

    @property
    def share(self) -> float:
        """The share of the runs that passed."""
        return sum(self.runs) / len(self.runs)


@dataclass(frozen=True, slots=True)
class Baseline:
    """`cases` maps a case's id to what was kept of it; `figures` are those of the run."""

    cases: Mapping[str, Kept]
    figures: Mapping[str, object]

    @property
    def prompt(self) -> Mapping[str, object]:
        """The prompt that the baseline was made with, empty where none was named."""
        told = self.figures.get("prompt")
        return told if isinstance(told, dict) else {}

    def known(self, summary: Summary) -> Kept | None:
        """Return what was kept of the case, None where it is new or was rewritten."""
        kept = self.cases.get(summary.result.case.id)
        return kept if kept and kept.sha256 == summary.result.case.sha256 else None


def slug(ref: str) -> str:
    """Return a model's ref as it stands in a file's name."""
    return "".join(char if char.isalnum() or char in "-._" else "-" for char in ref)


def path(root: Path, name: str, ref: str) -> Path:
    """Return where the baseline of the set `name` on the model `ref` is kept."""
    return root / FOLDER / f"{name}@{slug(ref)}.json"


def load(file: Path) -> Baseline | None:
    """Return the baseline in `file`, None where there is no such file.

    Raises:
        ControlsError: when it cannot be read as one: a corrupt baseline is no baseline to pass by.
    """
    if not file.exists():
        return None
    try:
        data = json.loads(file.read_bytes())
        cases = {id_: _kept(row) for id_, row in data["cases"].items()}
        return Baseline(cases, dict(data["figures"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ControlsError(
            f"baseline {file.name!r} cannot be read: {error}", "save a new one with --save-baseline"
        ) from error


def save(file: Path, summaries: Sequence[Summary], figures: Mapping[str, object]) -> None:
    """Write the baseline, one case a line, so that its diff can be reviewed."""
    cases = {
        summary.result.case.id: {
            "sha256": summary.result.case.sha256,
            "runs": "".join("+" if ok else "-" for ok in summary.runs),
        }
        for summary in summaries
    }
    lines = ",\n".join(f"  {json.dumps(id_)}: {json.dumps(row)}" for id_, row in cases.items())
    file.parent.mkdir(parents=True, exist_ok=True)
    text = f'{{"figures": {json.dumps(figures)},\n"cases": {{\n{lines}\n}}}}\n'
    file.write_text(text, encoding="utf-8")


def _kept(row: Mapping[str, object]) -> Kept:
    runs = str(row["runs"])
    if not runs or runs.strip("+-"):
        raise ValueError(f"runs {runs!r}, expected + and -")
    return Kept(str(row["sha256"]), tuple(mark == "+" for mark in runs))
