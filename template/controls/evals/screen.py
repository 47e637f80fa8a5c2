"""The final screen: in one look, whether it passed, what broke, and what to do next.

Pure text from a report. `junit.py`, `page.py` and `github.py` show the same to other readers.
"""

from collections.abc import Iterator

from controls.evals.report import Report, Row
from controls.paint import Paint, harmless

_SHOWN = 8


def screen(report: Report, paint: Paint) -> str:
    """Return the screen; failures that decided the verdict come first."""
    return paint.plain("\n".join(_lines(report, paint)))


def figures(report: Report) -> str:
    """Return the run's figures in one line."""
    low, high = report.wilson
    counted = report.cases - len(report.quarantined)
    parts = [
        f"{report.passed} of {counted} passed ({report.rate:.3f}, 95 % {low:.3f}-{high:.3f})",
        f"floor {report.floor:g}",
        f"${report.cost_usd:.4f} of ${report.max_cost_usd:g}",
        f"{report.duration_s:.1f} s",
    ]
    if report.quarantined:
        parts.insert(1, f"{len(report.quarantined)} quarantined")
    if report.errors:
        parts.insert(1, f"{report.errors} errors")
    if report.skipped:
        parts.insert(1, f"{report.skipped} did not run")
    return " · ".join(parts)


def details(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what else is worth knowing, as label and text."""
    facts = [", ".join(report.models) or "none", f"{report.escalation_rate:.0%} escalated"]
    if report.prompt:
        facts.append(f"prompt {report.prompt['name']}@{report.prompt['version']}")
    yield "models", " · ".join(facts)
    if report.cost_per_success_usd is not None:
        judges = f" · judges ${report.judge_usd:.6f} apart" if report.judge_usd else ""
        yield "cost", f"${report.cost_per_success_usd:.6f} for each case that passed{judges}"
    if report.contrasts:
        yield "pairs", _pairs(report)
    if report.baseline:
        yield "baseline", " · ".join([*_changes(report), report.baseline])
    if report.fixed:
        yield "fixed", ", ".join(report.fixed)
    if report.flaky:
        yield "flaky", ", ".join(report.flaky)


def _pairs(report: Report) -> str:
    pairs = sum(contrast.pairs for contrast in report.contrasts)
    widest = max(report.contrasts, key=lambda contrast: abs(contrast.difference))
    most = f"widest {widest.difference:+.3f} ({widest.id}), limit {widest.limit:g}"
    contrasts = "1 contrast" if len(report.contrasts) == 1 else f"{len(report.contrasts)} contrasts"
    return f"{pairs} counterfactual, over {contrasts} · {most}"


def _changes(report: Report) -> Iterator[str]:
    yield f"{len(report.broken)} broken, {len(report.fixed)} fixed"
    if report.difference:
        mean, low, high = (report.difference[key] for key in ("mean", "low", "high"))
        yield f"paired difference {mean:+.3f} (95 % {low:+.3f} to {high:+.3f})"
    if report.p_worse is not None:
        yield f"mid-p {report.p_worse:.3f}"


def ordered(report: Report) -> list[Row]:
    """Return the failures, those that decide most first."""
    rank = {"error": 3, "failed": 4, "skipped": 5}

    def first(row: Row) -> int:
        if row.id in report.quarantined:
            return 6
        if row.id in report.broken:
            return 0
        return 1 if row.critical else 2 if row.id in report.newly else rank[row.state]

    return sorted(report.failures, key=first)


def label(report: Report, row: Row) -> str:
    """Return what kind of failure the row is."""
    if row.id in report.quarantined:
        return "quarantined"
    if row.id in report.broken:
        return "broken since the baseline"
    if row.id in report.newly:
        return "passed in the baseline"
    return "critical" if row.critical else row.state


def _lines(report: Report, paint: Paint) -> Iterator[str]:
    style = mark(report)
    head = f"{report.set}: {report.verdict}"
    yield f"{paint.mark(style)} {paint(style, head)} · {report.reason}"
    yield f"  {figures(report)}"
    yield from (f"  {paint.mark('pending')} {paint('pending', note)}" for note in report.notes)
    yield from (f"  {paint('dim', f'{name:<9}')} {text}" for name, text in details(report))
    failures = ordered(report)
    for row in failures[:_SHOWN]:
        yield ""
        what = f"{row.kind} · {label(report, row)}{_history(row)}"
        yield f"  {paint.mark(_weight(report, row))} {paint('bold', row.id)} · {what}"
        yield f"    asked  {paint.cut(_flat(row.question), 11)}"
        yield f"    wrong  {paint.cut(_flat(row.reason), 11)}"
        yield f"    got    {paint.cut(_flat(row.got) or 'nothing', 11)}"
        trace = f"python -m controls trace {row.run_id}   " if row.run_id else ""
        yield paint("dim", f"    {'trace' if trace else 'case '}  {trace}{row.path}:{row.line}")
    if len(failures) > _SHOWN:
        yield f"\n  and {len(failures) - _SHOWN} more: --html FILE shows them all"
    if report.exit == 3:
        yield "\n  hint: what has run is kept: --resume --max-cost with a higher ceiling goes on"
    if report.exit == 5:
        yield "  hint: an empty set proves nothing: add cases to its cases.jsonl, or correct --case"


def mark(report: Report) -> str:
    """Return how the verdict looks: ok, pending where it vouches for nothing, failed."""
    if report.exit:
        return "failed"
    return "ok" if report.gated and report.vouches else "pending"


def _weight(report: Report, row: Row) -> str:
    counts = report.gated and row.id not in report.quarantined
    return "failed" if counts else "pending"


def _history(row: Row) -> str:
    if len(row.runs) < 2:
        return ""
    return f" · failed in {row.runs.count('-')} of {len(row.runs)} runs"


def _flat(text: str) -> str:
    return harmless(" ".join(text.split()))
