"""Draws a report as one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Iterator
from html import escape

from controls.evals.report import Report, Row
from controls.evals.screen import details, figures, label, ordered

_STYLE = """
:root { color-scheme: light dark; --red: #b42318; --green: #067647; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h1 span { color: var(--red); }
h1.pass span { color: var(--green); } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
article { border-left: 3px solid var(--red); padding: 0 0 0 1rem; margin: 0 0 1.4rem; }
article h3 { font-size: 1rem; margin: 0 0 .3rem; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .1rem 1rem; margin: 0; }
dt { opacity: .7; } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def page(report: Report) -> str:
    """Return the page: verdict first, then what failed, then every case."""
    return "".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    name, word = escape(report.set), escape(report.verdict)
    css = "pass" if report.exit == 0 else "fail"
    yield f"<title>{name}: {word}</title><style>{_STYLE}</style></head>"
    yield f'<body><h1 class="{css}">{name}: <span>{word}</span></h1>'
    yield f"<p>{escape(report.reason)}<br>{escape(figures(report))}</p>"
    yield _definitions([*details(report), ("started", report.started), ("title", report.title)])
    yield f"<h2>What did not pass ({len(report.failures)})</h2>"
    yield from (_failure(report, row) for row in ordered(report))
    yield "<h2>By kind</h2><table><tr><th>kind</th><th>passed</th></tr>"
    for kind, (passed, total) in report.kinds.items():
        yield f"<tr><td>{escape(kind)}</td><td>{passed} of {total}</td></tr>"
    yield "</table><h2>Every case</h2><table>"
    yield "<tr><th>case</th><th>kind</th><th>state</th><th>ms</th><th>run</th></tr>"
    yield from map(_line, report.rows)
    yield "</table></body></html>\n"


def _failure(report: Report, row: Row) -> str:
    head = f"<h3>{escape(row.id)} · {escape(row.kind)} · {escape(label(report, row))}</h3>"
    facts = [
        ("asked", row.question),
        ("wrong", row.reason),
        ("got", row.got or "nothing"),
        ("trace", f"python -m controls trace {row.run_id}"),
        ("case", f"{row.path}:{row.line}"),
    ]
    return f'<article id="{escape(row.id)}">{head}{_definitions(facts)}</article>'


def _definitions(facts: list[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    return f"<dl>{rows}</dl>"


def _line(row: Row) -> str:
    cells = (row.id, row.kind, row.state, f"{row.seconds * 1000:.0f}", row.run_id)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
