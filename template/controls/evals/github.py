"""Shows a report where a forge's reader looks: the job summary and annotations at the case's line.

Both only where GitHub Actions says that it runs; elsewhere nothing is written.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from controls.evals.report import Report
from controls.evals.screen import details, figures, label, mark, ordered
from controls.paint import harmless

_MARKS = {"ok": "✅", "pending": "⚠️", "failed": "❌"}
_SHOWN = 10  # the forge shows ten annotations of a step


def annotations(report: Report, environ: Mapping[str, str]) -> str:
    """Return workflow commands, one for each failure that matters; empty outside of Actions.

    A failure below a passing gate is a notice, so that a known weak case does not look like an
    alarm.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return ""
    level = "error" if report.exit else "notice"
    notes = [f"::warning title={_value(report.set)}::{_text(note)}" for note in report.notes]
    lines = [
        f"::{level} file={row.path},line={row.line},title={_value(f'{report.set} {row.id}')}"
        f"::{_text(f'{label(report, row)}: {row.reason}')}"
        for row in ordered(report)[:_SHOWN]
    ]
    return "\n".join([*notes, *lines])


def summarise(report: Report, environ: Mapping[str, str]) -> None:
    """Append the report to the job summary that `GITHUB_STEP_SUMMARY` names, if it does."""
    target = environ.get("GITHUB_STEP_SUMMARY", "")
    if target:
        with Path(target).open("a", encoding="utf-8") as file:
            file.write("\n".join(_summary(report)) + "\n")


def _summary(report: Report) -> Iterator[str]:
    yield f"### {_MARKS[mark(report)]} {report.set}: {report.verdict}\n"
    yield f"{_cell(report.reason)}  \n{_cell(figures(report))}\n"
    yield from (f"> **{_cell(note)}**\n" for note in report.notes)
    yield from (f"- {name}: {_cell(text)}" for name, text in details(report))
    if report.failures:
        yield "\n| case | kind | what | wrong | run |\n|---|---|---|---|---|"
        for row in ordered(report):
            cells = (row.id, row.kind, label(report, row), row.reason, row.run_id)
            yield "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    return harmless(" ".join(text.split())).replace("|", "\\|").replace("<", "&lt;")


def _text(text: str) -> str:
    return harmless(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _value(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
