"""The final screen: in one look, whether it passed, what broke, and what to do next.

Pure text from a report. `junit.py`, `page.py` and `github.py` show the same to other readers.
"""

from collections.abc import Iterator

from controls.evals.report import Report, Row
from controls.paint import Paint

_SHOWN = 8


def screen(report: Report, paint: Paint) -> str:
    """Return the screen; failures that decided the verdict come first."""
    return paint.plain("\n".join(_lines(report, paint)))


def figures(report: Report) -> str:
    """Return the run's figures in one line."""
    low, high = report.wilson
    parts = [
        f"{report.passed} of {report.cases} passed ({report.rate:.3f}, 95 % {low:.3f}-{high:.3f})",
        f"floor {report.floor:g}",
        f"${report.cost_usd:.4f} of ${report.max_cost_usd:g}",
        f"{report.duration_s:.1f} s",
    ]
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
        yield "cost", f"${report.cost_per_success_usd:.6f} for each case that passed"
    if report.baseline:
        change = f"{len(report.broken)} broken, {len(report.fixed)} fixed"
        yield "baseline", f"{change}, mid-p {report.p_worse:.3f} ({report.baseline})"
    if report.flaky:
        yield "flaky", ", ".join(report.flaky)


def ordered(report: Report) -> list[Row]:
    """Return the failures, those that decide most first."""
    rank = {"error": 2, "failed": 3, "skipped": 4}
    return sorted(
        report.failures,
        key=lambda row: 0 if row.id in report.broken else 1 if row.critical else rank[row.state],
    )


def label(report: Report, row: Row) -> str:
    """Return what kind of failure the row is."""
    if row.id in report.broken:
        return "broken since the baseline"
    return "critical" if row.critical else row.state


def _lines(report: Report, paint: Paint) -> Iterator[str]:
    style = "ok" if report.exit == 0 else "failed"
    head = f"{report.set}: {report.verdict}"
    yield f"{paint.mark(style)} {paint(style, head)} · {report.reason}"
    yield f"  {figures(report)}"
    yield from (f"  {paint('dim', f'{name:<9}')} {text}" for name, text in details(report))
    failures = ordered(report)
    for row in failures[:_SHOWN]:
        yield ""
        what = f"{row.kind} · {label(report, row)}"
        yield f"  {paint.mark('failed')} {paint('bold', row.id)} · {what}"
        yield f"    asked  {paint.cut(_flat(row.question), 11)}"
        yield f"    wrong  {paint.cut(_flat(row.reason), 11)}"
        yield f"    got    {paint.cut(_flat(row.got) or 'nothing', 11)}"
        place = f"{row.path}:{row.line}"
        yield paint("dim", f"    trace  python -m controls trace {row.run_id}   {place}")
    if len(failures) > _SHOWN:
        yield f"\n  and {len(failures) - _SHOWN} more: --html FILE shows them all"
    if report.exit == 5:
        yield "  hint: an empty set proves nothing: add cases to its cases.jsonl, or correct --case"


def _flat(text: str) -> str:
    return " ".join(text.split())
