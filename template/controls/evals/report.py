"""The report of one eval run: the JSON that gates, labels and checks read, as a value.

Nothing is judged here; `verdict.py` has. Every case has its row, passed or not.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError

FOLDER = Path(".aiwf/reports/evals")
PARTIAL = FOLDER / "partial"


@dataclass(frozen=True, slots=True)
class Row:
    """One case and how it ended; `got` is the answer's text, or empty where there was none."""

    id: str
    kind: str
    critical: bool
    state: str
    reason: str
    run_id: str
    question: str
    got: str
    seconds: float
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of a set came to; `exit` and `verdict` first, the rest explains them."""

    set: str
    title: str
    exit: int
    verdict: str
    reason: str
    cases: int
    passed: int
    failed: int
    errors: int
    skipped: int
    rate: float
    wilson: tuple[float, float]
    floor: float
    profile: str
    epochs: int
    complete: bool
    cost_usd: float
    max_cost_usd: float
    cost_per_success_usd: float | None
    duration_s: float
    latency_s: Mapping[str, float]
    inputs_sha256: str
    prompt: Mapping[str, str]
    models: tuple[str, ...]
    escalation_rate: float
    baseline: str
    broken: tuple[str, ...]
    fixed: tuple[str, ...]
    flaky: tuple[str, ...]
    p_worse: float | None
    kinds: Mapping[str, tuple[int, int]]
    failures: tuple[Row, ...]
    rows: tuple[Row, ...]
    run_ids: tuple[str, ...]
    started: str


def data(report: Report) -> dict[str, object]:
    """Return the report as JSON can hold it."""
    return dataclasses.asdict(report)


def store(root: Path, report: Report) -> Path:
    """Write the report and return where; an incomplete one never replaces the set's own.

    A run with filtered cases or a lowered floor proves nothing about the set: it goes to
    `partial/`.
    """
    folder = root / (FOLDER if report.complete else PARTIAL)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.set}.json"
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(data(report), indent=1), encoding="utf-8")
    draft.replace(path)
    return path


def last(root: Path, name: str) -> dict[str, object] | None:
    """Return the last complete report of the set `name`, None where there is none.

    Raises:
        ControlsError: when the file is there and is no report.
    """
    path = root / FOLDER / f"{name}.json"
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ControlsError(
            f"{path.name} is no report: {error}", f"make eval SET={name}"
        ) from error
    if not isinstance(found, dict):
        raise ControlsError(f"{path.name} is no report", f"make eval SET={name}")
    return found
