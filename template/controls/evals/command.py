"""Show the eval sets, what drifted, what production work was evaluated; run the nightly comparison.

Decides nothing: `gate`, `drift`, `coverage` and `nightly` do. One set is run by `evals.run`.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from controls import manifest as manifests
from controls.errors import ControlsError
from controls.evals import coverage, gate, options, report, sets
from controls.evals.asked import LIVE, OFFLINE, RECORD, REPLAY
from controls.evals.drift import comparisons
from controls.evals.nightly import Night, nights
from controls.report import Report
from controls.run import ENVIRONMENTS

WHAT = ("list", "drift", "coverage", "nightly")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `evals`."""
    help_ = (
        "list the sets (default); drift of the last runs against their baselines; coverage: which"
        " production work was evaluated; nightly: run a set on each endpoint and compare"
    )
    add = parser.add_argument
    add("what", nargs="?", choices=WHAT, default=WHAT[0], help=help_)
    add("--days", type=int, default=coverage.DAYS, help="of coverage: within how many days (30)")
    add(
        "--environment",
        choices=ENVIRONMENTS,
        default=coverage.PRODUCTION,
        help="of coverage: whose traces (production)",
    )
    add("--set", default="smoke_v1", help="of nightly: which set (smoke_v1)")
    add(
        "--profile",
        choices=(OFFLINE, LIVE, RECORD, REPLAY),
        default=LIVE,
        help="of nightly: which models may be asked (live)",
    )
    add("--max-cost", default="25", metavar="USD", help="of nightly: all endpoints together (25)")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return what was asked for; drift and nightly exit 1 where an owner has to look.

    Raises:
        ControlsError: when a set, a report or a baseline is malformed.
    """
    match args.what:
        case "drift":
            return _drift(root)
        case "coverage":
            return _coverage(root, args)
        case "nightly":
            return _nightly(root, args)
    return _list(root)


def _list(root: Path) -> Report:
    needed = gate.required(root, manifests.load(root).tier)
    rows = [_row(root, name, gates=name in needed) for name in sets.names(root)]
    width = max((len(str(row["set"])) for row in rows), default=0)
    lines = [
        f"{row['set']:<{width}}  {row['cases']:>4} cases  {'gated' if row['gated'] else '     '}"
        f"  floor {row['floor']}  last: {row['last']}"
        for row in rows
    ]
    return Report(rows, "\n".join(lines) or "there are no eval sets")


def _row(root: Path, name: str, *, gates: bool) -> dict[str, object]:
    loaded, last = sets.load(root, name), report.last(root, name)
    old = last is not None and gate.stale(root, last)
    return {
        "set": name,
        "title": loaded.title,
        "path": loaded.path,
        "cases": len(loaded.cases),
        "gated": gates,
        "floor": loaded.min_pass,
        "last": _last(last, stale=old) if last else "never run",
        "stale": old,
    }


def _last(last: dict[str, object], *, stale: bool) -> str:
    said = f"{last['verdict']} ({last['passed']} of {last['cases']}), {str(last['started'])[:10]}"
    return f"{said}, STALE: the tree has changed since" if stale else said


def _drift(root: Path) -> Report:
    compared = list(comparisons(root, manifests.load(root)))
    moved = [each for comparison in compared for each in comparison.moved]
    data: list[dict[str, object]] = [
        {
            "set": m.set,
            "endpoint": m.endpoint,
            "what": m.what,
            "before": m.before,
            "now": m.now,
            "owner": m.owner,
        }
        for m in moved
    ]
    quiet = f"no drift in {len(compared)} sets with a baseline"
    said = [each.sentence for each in moved] or [quiet]
    return Report(data, "\n".join(said), status=1 if moved else 0)


def _coverage(root: Path, args: argparse.Namespace) -> Report:
    if args.days < 1:
        raise ControlsError(f"--days is {args.days}, expected a whole number from 1")
    found = coverage.coverage(root, args.environment, args.days, datetime.now(UTC))
    rows: list[dict[str, object]] = [
        {
            "prompt": row.work.prompt,
            "prompt_sha256": row.work.sha256,
            "model": row.work.model,
            "data": row.work.data,
            "runs": row.runs,
            "evaluated": None
            if row.evaluated is None
            else {"set": row.evaluated.set, "day": row.evaluated.day, "exit": row.evaluated.exit},
        }
        for row in found.rows
    ]
    figure = {"value": found.value, "n": found.runs, "state": "ok" if found.runs else "no data"}
    data: dict[str, object] = {
        "environment": args.environment,
        "days": args.days,
        "coverage": figure,
        "rows": rows,
    }
    return Report(data, "\n".join(_covered(found, args)))


def _covered(found: coverage.Coverage, args: argparse.Namespace) -> list[str]:
    if found.value is None:
        return [f"no {args.environment} run in the last {args.days} days: nothing to cover"]
    lines = [
        f"{row.runs:>6} runs  {row.work.prompt} ({row.work.sha256[:8] or '-'})  {row.work.model}"
        f"  {row.work.data}  {_said(row.evaluated)}"
        for row in found.rows
    ]
    whole = f"{found.value:.0%} of {found.runs} {args.environment} runs were of evaluated work"
    return [*lines, f"{whole} (last {args.days} days)"]


def _said(evaluated: coverage.Evaluated | None) -> str:
    if evaluated is None:
        return "NOT EVALUATED"
    verdict = "passed" if evaluated.exit == 0 else f"did not pass (exit {evaluated.exit})"
    return f"{evaluated.set} {verdict} {evaluated.day}"


def _nightly(root: Path, args: argparse.Namespace) -> Report:
    from controls.evals.main import run as evaluate  # noqa: PLC0415  slow to import

    words = ["--set", args.set, "--profile", args.profile, "--max-cost", args.max_cost]
    wanted = options.parse(words, {})
    sets.load(root, wanted.set)  # what is wrong with it is no endpoint's fault
    told = nights(root, manifests.load(root), wanted, lambda o: evaluate(root, o, sys.stderr))
    found = list(told)
    if not found:
        raise ControlsError(
            "the workflow's data may reach no endpoint, so there is nothing to compare",
            "allowed_data of spec.models in ai-workflow.yaml",
        )
    data: list[dict[str, object]] = [_night(night) for night in found]
    lines = [line for night in found for line in _told(night)]
    return Report(data, "\n".join(lines), status=0 if all(night.quiet for night in found) else 1)


def _night(night: Night) -> dict[str, object]:
    return {
        "endpoint": night.endpoint,
        "owner": night.owner,
        "verdict": night.verdict,
        "reason": night.reason,
        "exit": night.exit,
        "cost_usd": night.cost_usd,
        "baseline": night.baseline or None,
        "drift": [each.sentence for each in night.moved],
        "error": night.error or None,
    }


def _told(night: Night) -> list[str]:
    if night.error:
        return [f"{night.endpoint}: {night.verdict}: {night.error} · owner: {night.owner}"]
    compared = night.baseline or "no baseline yet: --save-baseline"
    head = f"{night.endpoint}: {night.verdict} · ${night.cost_usd:.4f} · {compared}"
    return [
        f"{head} · owner: {night.owner}",
        *([f"  {night.reason}"] if night.exit else []),
        *(f"  drift: {each.sentence}" for each in night.moved),
    ]
