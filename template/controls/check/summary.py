"""The result of a whole check run, as a value and as the data of `--json`."""

from dataclasses import asdict, dataclass
from pathlib import Path

from controls.check.model import Context, State
from controls.check.runner import Result
from controls.template.answers import version


@dataclass(frozen=True, slots=True)
class Summary:
    """Every control's result; `skipped` are those whose checks were all of a kind not asked for."""

    title: str
    tier: int
    tier_name: str
    lifecycle: str
    template_version: str
    results: tuple[Result, ...]
    skipped: tuple[str, ...]

    def count(self, state: State) -> int:
        """Return how many controls are in `state`."""
        return sum(result.outcome.state is state for result in self.results)


def summary(context: Context, results: list[Result], skipped: list[str]) -> Summary:
    """Return the results with the repository that they are about."""
    return Summary(
        title=context.manifest.title,
        tier=context.manifest.tier,
        tier_name=context.catalogue.tier(context.manifest.tier).name,
        lifecycle=context.manifest.lifecycle,
        template_version=version(Path(context.root)),
        results=tuple(results),
        skipped=tuple(skipped),
    )


def as_data(summary: Summary) -> dict[str, object]:
    """Return what `--json` prints; its keys are an interface."""
    return {
        "tier": summary.tier,
        "lifecycle": summary.lifecycle,
        "template_version": summary.template_version,
        **{state.value: summary.count(state) for state in State},
        "controls": [_row(result) for result in summary.results],
        "skipped": list(summary.skipped),
    }


def _row(result: Result) -> dict[str, object]:
    return {
        "id": result.control.id,
        "title": result.control.title,
        "state": result.outcome.state.value,
        "n": result.outcome.n,
        "evidence": result.outcome.evidence,
        "findings": [asdict(finding) for finding in result.outcome.findings],
    }
