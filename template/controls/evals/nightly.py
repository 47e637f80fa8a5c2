"""Runs a set on every endpoint that the workflow's data may reach, and compares each with itself.

One ceiling is shared by all. What a figure means is decided in `drift.py`; an endpoint that cannot
be asked is a finding like any other: nobody sees it drift.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from controls.errors import ControlsError
from controls.evals import baseline, drift, report
from controls.evals.options import Options
from controls.evals.verdict import FAILED, PASS
from controls.manifest import Manifest

Run = Callable[[Options], report.Report]


@dataclass(frozen=True, slots=True)
class Night:
    """One endpoint's run: its verdict and why, what moved, and who answers for it.

    `error` says why it could not be asked, `baseline` is empty where there is none yet.
    """

    endpoint: str
    owner: str
    verdict: str
    exit: int
    cost_usd: float
    baseline: str
    moved: tuple[drift.Drift, ...]
    error: str = ""
    reason: str = ""

    @property
    def quiet(self) -> bool:
        """Whether there is nothing for the owner to look at."""
        return not (self.exit or self.moved or self.error)


def reached(manifest: Manifest) -> tuple[str, ...]:
    """Return the endpoints that may receive the workflow's data."""
    return tuple(e.ref for e in manifest.models if manifest.data_class in e.allowed_data)


def nights(root: Path, manifest: Manifest, wanted: Options, run: Run) -> Iterator[Night]:
    """Yield the night of each endpoint; `wanted` is what one is asked, its ceiling that of all."""
    left = wanted.max_cost
    for ref in reached(manifest):
        try:
            done = run(replace(wanted, max_cost=left, model=ref))
        except ControlsError as error:
            owner = drift.owner(manifest, ref)
            yield Night(ref, owner, "not asked", 2, 0.0, "", (), error.message)
            continue
        left = max(left - Decimal(str(done.cost_usd)), Decimal(0))
        yield _night(root, manifest, done)


def _night(root: Path, manifest: Manifest, done: report.Report) -> Night:
    path = baseline.path(root, done.set, done.model)
    kept = baseline.load(path)
    comparable = kept and done.exit in {PASS, FAILED}  # what came to no verdict shows no drift
    moved = tuple(drift.drifts(manifest, kept.figures, report.data(done))) if comparable else ()
    return Night(
        endpoint=done.model,
        owner=drift.owner(manifest, done.model),
        verdict=f"{done.verdict}, {done.passed} of {done.cases}",
        exit=done.exit,
        cost_usd=done.cost_usd,
        baseline=path.relative_to(root).as_posix() if kept else "",
        moved=moved,
        reason=done.reason,
    )
