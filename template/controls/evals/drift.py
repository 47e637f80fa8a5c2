"""Compares the last runs of each endpoint with its committed baselines: whether it has changed.

A provider changes a model without asking. Seen here as another response model, a pass rate outside
of what chance explains, or cost and latency well above the baseline; the endpoint's owner is named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError
from controls.evals import baseline, report
from controls.evals.options import CACHED
from controls.evals.statistics import wilson
from controls.manifest import Manifest

COST_RATIO, LATENCY_RATIO = 1.25, 2.0
_NOISE_SECONDS = 0.05
Figures = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Drift:
    """One figure that moved, of which endpoint, and whom it concerns."""

    set: str
    endpoint: str
    what: str
    before: str
    now: str
    owner: str

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        moved = f"{self.what} was {self.before}, is {self.now}"
        return f"{self.set} on {self.endpoint}: {moved}; owner: {self.owner}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A set on an endpoint beside its baseline, which lies at `place`."""

    set: str
    endpoint: str
    place: str
    moved: tuple[Drift, ...]


def comparisons(root: Path, manifest: Manifest) -> Iterator[Comparison]:
    """Yield each set on each endpoint that has both a report and a baseline.

    Raises:
        ControlsError: when a baseline cannot be read.
    """
    for now in report.of_models(root):
        name, ref = str(now.get("set")), str(now.get("model"))
        path = baseline.path(root, name, ref)
        if kept := baseline.load(path):
            moved = tuple(drifts(manifest, kept.figures, now))
            yield Comparison(name, ref, path.relative_to(root).as_posix(), moved)


def drifts(manifest: Manifest, before: Figures, now: Figures) -> Iterator[Drift]:
    """Yield what moved between a baseline's figures and a report of the same set and endpoint."""
    name, ref = str(now.get("set")), str(now.get("model"))
    owned = owner(manifest, ref)
    if sorted(_texts(before, "models")) != sorted(_texts(now, "models")):
        was, is_ = (", ".join(_texts(figures, "models")) or "none" for figures in (before, now))
        yield Drift(name, ref, "response model", was, is_, owned)
    rate = _number(before, "rate")
    counted = int(_number(now, "cases")) - len(_texts(now, "quarantined"))
    low, high = wilson(int(_number(now, "passed")), counted)
    if not low <= rate <= high:
        yield Drift(name, ref, "pass rate", f"{rate:.3f}", f"{_number(now, 'rate'):.3f}", owned)
    if {str(before.get("profile")), str(now.get("profile"))} & set(CACHED):
        return  # an answer from the store costs nothing, and takes no time
    cost, paid = _number(before, "cost_usd") / _runs(before), _number(now, "cost_usd") / _runs(now)
    if paid > cost * COST_RATIO:
        yield Drift(name, ref, "cost a case", f"${cost:.6f}", f"${paid:.6f}", owned)
    slow, took = (_median(figures) for figures in (before, now))
    if took > slow * LATENCY_RATIO + _NOISE_SECONDS:
        yield Drift(name, ref, "median latency", f"{slow:.3f} s", f"{took:.3f} s", owned)


def owner(manifest: Manifest, ref: str) -> str:
    """Return who answers for the endpoint, or what to fill in where nobody does."""
    try:
        named = manifest.endpoint(ref).owner
    except ControlsError:
        return f"nobody: {ref} is not in spec.models any more"
    return named or f"nobody yet (name one for {ref} in spec.models)"


def _runs(figures: Figures) -> int:
    runs, ids = figures.get("runs"), figures.get("run_ids")
    counted = runs if isinstance(runs, int) else len(ids) if isinstance(ids, (list, tuple)) else 0
    return counted or 1


def _number(figures: Figures, key: str) -> float:
    value = figures.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def _median(figures: Figures) -> float:
    latency = figures.get("latency_s")
    return _number(latency, "p50") if isinstance(latency, dict) else 0.0


def _texts(figures: Figures, key: str) -> list[str]:
    value = figures.get(key)
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []
