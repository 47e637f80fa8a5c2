"""What a whole run amounts to: the verdict, read from what the steps left behind.

A step that said it passed but left no readable result counts as failed.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controls.verify.execute import Ran

REPORTS = Path(".aiwf/reports/evals")
CLOCK = 2.0  # seconds that a file system's clock may differ from ours
Data = Mapping[str, Any]  # JSON that this repository's own commands wrote


@dataclass(frozen=True, slots=True)
class Asked:
    """When the run began (seconds since the epoch), and the question that ends it."""

    at: float
    question: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A run of all steps; `controls` and `answer` are empty when their step gave nothing."""

    steps: tuple[Ran, ...]
    controls: Data
    evals: tuple[Data, ...]
    answer: Data
    question: str
    seconds: float

    @property
    def failed(self) -> tuple[str, ...]:
        """Return the names of the steps that did not pass."""
        return tuple(step.name for step in self.steps if not step.passed)

    @property
    def cost_usd(self) -> float:
        """Return what the evals of this run cost."""
        return sum(float(report.get("cost_usd") or 0) for report in self.evals)

    @property
    def notional(self) -> bool:
        """Say whether nobody is paid that cost: only embedded models answered."""
        models = [model for report in self.evals for model in report.get("models", ())]
        return bool(models) and all(str(model).startswith("embedded") for model in models)


def account(
    root: Path, steps: Sequence[Ran], sets: Sequence[str], asked: Asked, seconds: float = 0.0
) -> Account:
    """Return what `steps` and the eval reports of `sets` say together.

    A report that is older than the run says nothing about it and is left out.
    """
    out = {step.name: step.out for step in steps}
    return Account(
        steps=tuple(steps),
        controls=_json(out.get("controls", "")),
        evals=tuple(filter(None, (_report(root, name, asked.at) for name in sets))),
        answer=_json(out.get("answer", "")),
        question=asked.question,
        seconds=seconds,
    )


def as_data(whole: Account) -> dict[str, object]:
    """Return what `--json` prints; its keys are an interface."""
    return {
        "verdict": "failed" if whole.failed else "passed",
        "failed": list(whole.failed),
        "seconds": round(whole.seconds, 1),
        "cost_usd": whole.cost_usd,
        "notional": whole.notional,
        "steps": [_row(step) for step in whole.steps],
        "controls": dict(whole.controls),
        "evals": [dict(report) for report in whole.evals],
        "answer": {"question": whole.question, **whole.answer} if whole.answer else {},
    }


def _row(step: Ran) -> dict[str, object]:
    return {
        "name": step.name,
        "passed": step.passed,
        "seconds": round(step.seconds, 1),
        "output": "" if step.passed else step.output,
    }


def _report(root: Path, name: str, since: float) -> Data:
    """Return the set's report of this run: its own, else one of a model that stood in."""
    folder = root / REPORTS
    for path in (folder / f"{name}.json", *sorted(folder.glob(f"models/{name}@*.json"))):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime >= since - CLOCK:
                return _json(path.read_text(encoding="utf-8"))
    return {}


def _json(text: str) -> Data:
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
