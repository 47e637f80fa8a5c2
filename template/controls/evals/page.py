"""Draws a report as one HTML page that needs nothing else: no script, no font, no network.

The verdict first, then what broke, what was fixed, what is flaky, each with the trace of the run
that stands for it. Everything that came out of a model is escaped.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from controls.evals.report import Report, Row
from controls.evals.screen import details, figures, label, mark, ordered
from controls.paint import harmless
from controls.tracing import read
from controls.tracing.read import Span
from controls.tracing.tree import tree

Traces = Mapping[str, Sequence[Span]]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --bad: #b42318; --good: #067647; --pending: #b54708;
  --line: #8884; --soft: #60646c; --card: #8881; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8589; --good: #5fd49a; --pending: #ffb454;
  --soft: #b0b4ba; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; } h1 span { color: var(--bad); }
h1.ok span { color: var(--good); } h1.pending span, p.note { color: var(--pending); }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; } h2 small { color: var(--soft); font-weight: 400; }
p { margin: .25rem 0; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-size: .85rem; font-weight: 500; }
article { border-left: 3px solid var(--soft); padding: 0 0 0 1rem; margin: 0 0 1.4rem; }
article.bad { border-color: var(--bad); } article.good { border-color: var(--good); }
article h3 { font-size: 1rem; margin: 0 0 .3rem; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .1rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; white-space: pre-wrap; min-width: 0; }
summary { cursor: pointer; color: var(--soft); margin: .4rem 0; }
pre { font: .8rem/1.5 ui-monospace, monospace; background: var(--card); border-radius: .4rem;
  padding: .6rem .8rem; margin: 0; overflow-x: auto; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
"""


def traces(root: Path, report: Report) -> dict[str, list[Span]]:
    """Return the spans of the runs that the page shows: of what failed, was fixed, is flaky."""
    shown = {*report.fixed, *report.flaky, *(row.id for row in report.failures)}
    runs = frozenset(row.run_id for row in report.rows if row.id in shown and row.run_id)
    found: dict[str, list[Span]] = {}
    for span in read.load(root, runs=runs).spans if runs else ():
        found.setdefault(span.run_id, []).append(span)
    return found


def page(report: Report, found: Traces) -> str:
    """Return the page; `found` holds the spans of its runs by run."""
    return "".join(_parts(report, found))


def _parts(report: Report, found: Traces) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    name, word = escape(report.set), escape(report.verdict)
    yield f"<title>{name}: {word}</title><style>{_STYLE}</style></head>"
    yield f'<body><h1 class="{mark(report)}">{name}: <span>{word}</span></h1>'
    yield f"<p>{escape(report.reason)}</p><p>{escape(figures(report))}</p>"
    yield from (f'<p class="note">{escape(note)}</p>' for note in report.notes)
    yield _definitions([*details(report), ("started", report.started), ("title", report.title)])
    yield from _sections(report, found)
    yield "<h2>By kind</h2><table><tr><th>kind<th>passed</tr>"
    for kind, (passed, total) in report.kinds.items():
        yield f"<tr><td>{escape(kind)}<td>{passed} of {total}</tr>"
    yield '</table><h2>Every case</h2><div class="scroll"><table>'
    yield "<tr><th>case<th>kind<th>state<th>runs<th>ms<th>run</tr>"
    yield from map(_line, report.rows)
    yield "</table></div></body></html>\n"


def _sections(report: Report, found: Traces) -> Iterator[str]:
    """Yield broken, fixed, flaky and the rest; a case is shown once, where it matters most."""
    failing, rows = ordered(report), {row.id: row for row in report.rows}
    broken = [row for row in failing if row.id in {*report.broken, *report.newly}]
    fixed = [rows[id_] for id_ in report.fixed]
    flaky = [rows[id_] for id_ in report.flaky if rows[id_] not in [*broken, *fixed]]
    rest = [row for row in failing if row not in [*broken, *flaky]]
    told = "since the baseline" if report.baseline else "nothing to compare with: no baseline"
    yield from _section("Broken", told, broken, report, found)
    yield from _section("Fixed", told, fixed, report, found)
    yield from _section("Flaky", "passed in some runs, failed in others", flaky, report, found)
    yield from _section("Other failures", "as before, or new", rest, report, found)


def _section(
    title: str, told: str, rows: Sequence[Row], report: Report, found: Traces
) -> Iterator[str]:
    yield f"<h2>{title} ({len(rows)}) <small>{escape(told)}</small></h2>"
    yield from (_article(report, row, found.get(row.run_id, ())) for row in rows)


def _article(report: Report, row: Row, spans: Sequence[Span]) -> str:
    failed = row.state != "passed"
    what = label(report, row) if failed else "passed"
    head = f"<h3>{escape(row.id)} · {escape(row.kind)} · {escape(what)}</h3>"
    facts = [
        ("asked", row.question),
        *(
            [("wrong", row.reason if failed else f"in some runs: {row.reason}")]
            if row.reason
            else []
        ),
        ("got", row.got or "nothing"),
        ("runs", _drawn(row)),
        ("case", f"{row.path}:{row.line}"),
    ]
    css = "bad" if failed else "good"
    body = f"{head}{_definitions(facts)}{_trace(row, spans)}"
    return f'<article class="{css}" id="{escape(row.id)}">{body}</article>'


def _drawn(row: Row) -> str:
    return row.runs.replace("+", "✓").replace("-", "✗")


def _trace(row: Row, spans: Sequence[Span]) -> str:
    if not row.run_id:
        return ""
    command = escape(f"python -m controls trace {row.run_id}")
    if not spans:
        return f"<p><code>{command}</code></p>"
    drawn = f"<pre>{escape(tree(spans))}</pre>"
    return f"<details open><summary>trace · {command}</summary>{drawn}</details>"


def _definitions(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(harmless(text))}</dd>" for name, text in facts
    )
    return f"<dl>{rows}</dl>"


def _line(row: Row) -> str:
    took = f"{row.seconds * 1000:.0f}"
    cells = (row.id, row.kind, row.state, _drawn(row), took, row.run_id)
    return "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells) + "</tr>"
