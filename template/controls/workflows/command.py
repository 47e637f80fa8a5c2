"""Check the CI workflows and the locks, name the tier's lane, or say if a release may go out."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from controls import actions, catalogue, manifest, verdict
from controls.check.model import Context, Finding, Outcome, State
from controls.report import Report
from controls.workflows import checks, lane, release


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions to `parser`; without one, the workflows are checked."""
    add = actions.of(parser, "check", "lane", "ready", required=False)
    add("check", "pins, permissions, variables, actionlint, zizmor, locks (default)")
    only = add("lane", "the lane, environment and jobs of the manifest's tier")
    only.add_argument("--expect", metavar="LANE", help="1 unless the tier takes this lane")
    only.add_argument("--at-most", choices=lane.NAMES, help="1 when the tier's lane asks for more")
    add("ready", "0 when every control is ok and none pending: the release lane")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action for the repository at `root`."""
    match args.action:
        case "lane":
            return _lane(root, args.expect, args.at_most)
        case "ready":
            return release.ready(root)
    return _check(root)


def _check(root: Path) -> Report:
    context = Context(root, manifest.load(root), catalogue.load(root), datetime.now(UTC).date())
    outcomes = [check(context) for check in (checks.pinned, checks.locked, checks.audited)]
    findings = [finding for outcome in outcomes for finding in _findings(outcome)]
    evidence = "; ".join(outcome.evidence for outcome in outcomes)
    n = sum(outcome.n for outcome in outcomes)
    if findings:
        return verdict.report(Outcome.failed(n, evidence, *findings))
    return verdict.report(Outcome.ok(n, evidence))


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    if outcome.state is State.ok and not outcome.n:
        return (Finding(f"nothing to check: {outcome.evidence}"),)
    return outcome.findings


def _lane(root: Path, expected: str | None, most: str | None) -> Report:
    found = lane.of(manifest.load(root).tier)
    data: dict[str, object] = {
        "tier": found.tier,
        "lane": found.name,
        "environment": found.environment,
        "jobs": list(found.jobs),
    }
    jobs = ", ".join(found.jobs)
    text = f"tier {found.tier}: {found.name}, environment {found.environment}, jobs {jobs}"
    wrong = expected is not None and expected != found.name
    above = most is not None and lane.stricter(found.name, most)
    return Report(data, text, status=int(wrong or above))
