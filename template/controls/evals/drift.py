"""Compares the last run of each set with its committed baseline: whether an endpoint has changed.

A provider changes a model without asking. Seen here as another response model, a pass rate outside
of what chance explains, or cost and latency well above the baseline; the endpoint's owner is named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from controls.evals.statistics import wilson
from controls.manifest import Manifest

COST_RATIO, LATENCY_RATIO = 1.25, 2.0
_NOISE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Drift:
    """One figure that moved, and whom it concerns."""

    set: str
    what: str
    before: str
    now: str
    owner: str

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        return f"{self.set}: {self.what} was {self.before}, is {self.now}; owner: {self.owner}"


def drifts(
    manifest: Manifest, before: Mapping[str, object], now: Mapping[str, object]
) -> Iterator[Drift]:
    """Yield what moved between a baseline's figures and a report of the same set."""
    name = str(now.get("set"))
    owner = _owner(manifest)
    if sorted(_texts(before, "models")) != sorted(_texts(now, "models")):
        was, is_ = (", ".join(_texts(figures, "models")) or "none" for figures in (before, now))
        yield Drift(name, "response model", was, is_, owner)
    rate = _number(before, "rate")
    low, high = wilson(int(_number(now, "passed")), int(_number(now, "cases")))
    if not low <= rate <= high:
        yield Drift(name, "pass rate", f"{rate:.3f}", f"{_number(now, 'rate'):.3f}", owner)
    cost, paid = (_number(f, "cost_usd") / max(_number(f, "cases"), 1) for f in (before, now))
    if paid > cost * COST_RATIO:
        yield Drift(name, "cost a case", f"${cost:.6f}", f"${paid:.6f}", owner)
    slow, took = (_median(figures) for figures in (before, now))
    if took > slow * LATENCY_RATIO + _NOISE_SECONDS:
        yield Drift(name, "median latency", f"{slow:.3f} s", f"{took:.3f} s", owner)


def _owner(manifest: Manifest) -> str:
    endpoint = manifest.endpoint(manifest.default_model)
    return endpoint.owner or f"nobody yet (name one for {endpoint.ref} in spec.models)"


def _number(figures: Mapping[str, object], key: str) -> float:
    value = figures.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def _median(figures: Mapping[str, object]) -> float:
    latency = figures.get("latency_s")
    return _number(latency, "p50") if isinstance(latency, dict) else 0.0


def _texts(figures: Mapping[str, object], key: str) -> list[str]:
    value = figures.get(key)
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []
