"""The report of one eval run: the JSON that gates, labels and checks read, as a value.

Nothing is judged here; `verdict.py` has. Every case has its row, passed or not.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError
from controls.evals.baseline import slug
from controls.evals.counterfactual import Contrast

FOLDER = Path(".aiwf/reports/evals")
PARTIAL = FOLDER / "partial"
MODELS = FOLDER / "models"


@dataclass(frozen=True, slots=True)
class Row:
    """One case and how it ended; `got` is the answer's text, or empty where there was none.

    `runs` has a + for each run that passed and a - for each that did not; `reason` says what was
    wrong in the first of these.
    """

    id: str
    kind: str
    critical: bool
    state: str
    reason: str
    run_id: str
    runs: str
    question: str
    got: str
    seconds: float
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of a set came to; `exit` and `verdict` first, the rest explains them.

    `vouches` says whether the configured models were asked; where they were not, the report says
    nothing about them. `named` says whether its model was asked for by name. `rate` leaves out the
    `quarantined` cases, `cost_usd` includes `judge_usd`.
    """

    set: str
    title: str
    exit: int
    verdict: str
    reason: str
    notes: tuple[str, ...]
    cases: int
    passed: int
    failed: int
    errors: int
    skipped: int
    quarantined: tuple[str, ...]
    rate: float
    wilson: tuple[float, float]
    floor: float
    gated: bool
    verifies: bool
    profile: str
    model: str
    configured: tuple[str, ...]
    vouches: bool
    named: bool
    epochs: int
    complete: bool
    cost_usd: float
    judge_usd: float
    max_cost_usd: float
    cost_per_success_usd: float | None
    duration_s: float
    latency_s: Mapping[str, float]
    inputs_sha256: str
    prompt: Mapping[str, str]
    models: tuple[str, ...]
    answered: tuple[str, ...]
    escalation_rate: float
    baseline: str
    broken: tuple[str, ...]
    newly: tuple[str, ...]
    fixed: tuple[str, ...]
    flaky: tuple[str, ...]
    difference: Mapping[str, float] | None
    p_worse: float | None
    kinds: Mapping[str, tuple[int, int]]
    contrasts: tuple[Contrast, ...]
    failures: tuple[Row, ...]
    rows: tuple[Row, ...]
    run_ids: tuple[str, ...]
    started: str


def data(report: Report) -> dict[str, object]:
    """Return the report as JSON can hold it."""
    return dataclasses.asdict(report)


def store(root: Path, report: Report) -> Path:
    """Write the report and return where; only a whole run of a set may stand for the set.

    A run that was stopped, or with filtered cases or a lowered floor, goes to `partial/`. A whole
    run is kept for its model in `models/`, and as the set's own unless another model than the
    configured one was asked for by name, or only stood in while there is a report of the configured
    one on this tree.
    """
    if not report.complete:
        return _write(root / PARTIAL / f"{report.set}.json", report)
    path = _write(root / MODELS / f"{report.set}@{slug(report.model)}.json", report)
    return _write(root / FOLDER / f"{report.set}.json", report) if _stands(root, report) else path


def _stands(root: Path, report: Report) -> bool:
    if report.vouches:
        return True
    if report.named:
        return False
    kept = _data(root / FOLDER / f"{report.set}.json")
    own = kept.get("vouches") is True and kept.get("inputs_sha256") == report.inputs_sha256
    return not own


def _write(path: Path, report: Report) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
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
    if not path.exists():
        return None
    found = _data(path)
    if not found:
        raise ControlsError(f"{path.name} is no report", f"make eval SET={name}")
    return found


def of_models(root: Path) -> Iterator[Mapping[str, object]]:
    """Yield the last complete report of each set on each model; what is no report is none."""
    for path in sorted((root / MODELS).glob("*.json")):
        if found := _data(path):
            yield found


def _data(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
