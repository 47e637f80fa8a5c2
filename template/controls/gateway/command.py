"""Spend, budgets, routing and the stop switch of the model gateway (the verb `gateway`).

Shows what the ledger says; spend is written by calls alone, what became of a task by `outcome`.
"""

import argparse
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from controls import manifest as manifests
from controls.errors import ControlsError
from controls.gateway import ledger, outcomes, override, report, routing, switch
from controls.gateway.batch import command as batches
from controls.gateway.budgets import SCOPES
from controls.gateway.report import DIMENSIONS, Row
from controls.report import Report

RESULTS = {"success": True, "failure": False}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `gateway`."""
    parser.add_argument(
        "action",
        choices=tuple(ACTIONS),
        nargs="?",
        default="report",
        help="report: who spent what (default); forecast: what more cost; budgets: what is left;"
        " routing: what it saves; outcome RUN success|failure: what became of a task;"
        " batch add FILE, batch run, batch answers, batch drop: questions that can wait;"
        " stop REASON: refuse every call, until resume REASON;"
        " override RUN REASON: set the output of a run aside, and every act that it proposed",
    )
    told = "outcome: RUN and success or failure; batch: what to do; stop, resume: why"
    parser.add_argument("words", nargs="*", help=told)
    parser.add_argument("--by", choices=DIMENSIONS, default="feature", help="report: by what")
    parser.add_argument("--tasks", type=int, metavar="N", help="forecast: how many tasks")
    parser.add_argument("--actor", metavar="@YOU", help="stop, resume, override: the person")
    batches.configure(parser)


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action.

    Raises:
        ControlsError: when the ledger is damaged, or a forecast has no number or nothing to go by.
    """
    return ACTIONS[args.action](root, args)


def _report(root: Path, args: argparse.Namespace) -> Report:
    dimension = args.by
    found = report.entries(root)
    rows = [*report.by(dimension, found), report.total(found)]
    head = f"{dimension:<28} {'tasks':>6} {'calls':>6} {'ok':>6} {'US$':>14} {'US$ a success':>14}"
    return Report([_data(dimension, row) for row in rows], "\n".join([head, *map(_line, rows)]))


def _line(row: Row) -> str:
    cost = f"{row.per_success:.6f}" if row.per_success is not None else "no success"
    counts = f"{row.tasks:>6} {row.attempts:>6} {row.successes:>6}"
    held = f"  (+ {row.reserved:.6f} reserved)" if row.reserved else ""
    return f"{row.name:<28.28} {counts} {row.usd:>14.6f} {cost:>14}{held}"


def _data(dimension: str, row: Row) -> dict[str, object]:
    return {
        "by": dimension,
        "name": row.name,
        "tasks": row.tasks,
        "attempts": row.attempts,
        "successes": row.successes,
        "usd": float(row.usd),
        "reserved_usd": float(row.reserved),
        "usd_per_success": None if row.per_success is None else float(row.per_success),
    }


def _forecast(root: Path, args: argparse.Namespace) -> Report:
    tasks: int | None = args.tasks
    if tasks is None or tasks < 1:
        raise ControlsError(
            f"--tasks {tasks!r} is no number of tasks", hint="forecast --tasks 10000"
        )
    found = report.forecast(report.entries(root), tasks)
    if not found.measured:
        raise ControlsError(
            "there is no measured task to forecast from", hint="make eval, or make ask Q=…"
        )
    lines = [
        f"{tasks} tasks would cost ${found.usd:.4f}",
        (
            f"from {found.measured} measured tasks at ${found.per_task:.6f} a task,"
            f" the dearest ${found.dearest:.6f}"
        ),
        f"at the dearest task's cost it would be ${found.dearest * tasks:.4f}",
    ]
    data: dict[str, object] = {
        "tasks": tasks,
        "usd": float(found.usd),
        "measured_tasks": found.measured,
        "usd_per_task": float(found.per_task),
        "usd_per_success": None if found.per_success is None else float(found.per_success),
        "usd_at_dearest": float(found.dearest * tasks),
    }
    return Report(data, "\n".join(lines))


def _budgets(root: Path, _: argparse.Namespace) -> Report:
    manifest = manifests.load(root)
    books, period = ledger.open(root), ledger.month()
    found = report.entries(root)
    rows: list[dict[str, object]] = []
    for scope in SCOPES:
        hard = Decimal(str(manifest.budgets.get(scope, {}).get("hard", 0)))
        for name in sorted({entry.names[scope] for entry in found}):
            spent = books.spent(scope, name, period)
            left = float(hard - spent)
            rows.append(
                {
                    "scope": scope,
                    "name": name,
                    "spent_usd": float(spent),
                    "hard_usd": float(hard),
                    "left_usd": left,
                }
            )
    lines = [
        f"{row['scope']:<10} {row['name']:<24} ${row['spent_usd']:.6f}"
        f" of ${row['hard_usd']:.2f} in {period}"
        for row in rows
    ]
    return Report(rows, "\n".join(lines) or f"nothing was spent in {period}")


def _routing(root: Path, _: argparse.Namespace) -> Report:
    found = routing.measured(root)
    data: dict[str, object] = {
        "calls": found.calls,
        "escalated": found.escalated,
        "escalation_rate": found.escalation_rate,
        "auroc": found.auroc,
        "auroc_n": found.judged,
        "usd": float(found.usd),
        "large_only_usd": float(found.large_only_usd),
        "saving": found.saving,
    }
    lines = [
        f"escalation rate    {_figure(found.escalation_rate)}  ({found.calls} routed calls)",
        f"AUROC              {_figure(found.auroc)}  ({_judged(found)})",
        (
            f"saving             {_figure(found.saving)}  (${found.usd:.6f} spent,"
            f" ${found.large_only_usd:.6f} for the large model alone)"
        ),
    ]
    return Report(data, "\n".join(lines))


def _judged(found: routing.Routing) -> str:
    alike = ", all alike" if found.auroc is None and found.judged else ""
    return f"{found.judged} first answers judged{alike}"


def _figure(value: float | None) -> str:
    return "no data" if value is None else f"{value:.3f}"


def _outcome(root: Path, args: argparse.Namespace) -> Report:
    words: list[str] = args.words
    if len(words) != 2 or words[1] not in RESULTS:
        raise ControlsError(
            f"outcome takes a run and one of {', '.join(RESULTS)}, it has {' '.join(words)!r}",
            hint="python -m controls gateway outcome RUN success",
        )
    run_id, result = words
    outcomes.record(root, run_id, success=RESULTS[result])
    return Report({"run": run_id, "outcome": result}, f"run {run_id} is a {result}")


def _resume(root: Path, args: argparse.Namespace) -> Report:
    switch.release(root, " ".join(args.words), args.actor)
    return Report({"stopped": False}, "calls pass again")


def _stop(root: Path, args: argparse.Namespace) -> Report:
    reason = " ".join(args.words)
    if not reason:
        raise ControlsError("stop takes a reason", hint="python -m controls gateway stop WHY")
    switch.throw(root, reason, args.actor)
    return Report({"stopped": True, "reason": reason}, "every call is refused from now on")


def _override(root: Path, args: argparse.Namespace) -> Report:
    words: list[str] = args.words
    if len(words) < 2:
        raise ControlsError(
            "override takes a run and a reason", "python -m controls gateway override RUN WHY"
        )
    run_id, reason = words[0], " ".join(words[1:])
    seq = override.record(root, run_id, reason, args.actor)
    told = f"the output of run {run_id} is set aside: entry {seq} of the audit trail"
    return Report({"run": run_id, "overridden": True, "seq": seq}, told)


ACTIONS: Mapping[str, Callable[[Path, argparse.Namespace], Report]] = {
    "report": _report,
    "forecast": _forecast,
    "budgets": _budgets,
    "routing": _routing,
    "outcome": _outcome,
    "batch": batches.run,
    "stop": _stop,
    "resume": _resume,
    "override": _override,
}
