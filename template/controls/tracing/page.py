"""Draws one run as one HTML page: no script, nothing fetched, readable in light and in dark.

Everything that comes from a span is escaped; a page that fetches nothing can be mailed and kept.
"""

from collections.abc import Mapping, Sequence
from html import escape

from controls.tracing import semconv
from controls.tracing.read import Event, Span
from controls.tracing.tree import facts, headline, walk

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9dbe0;
  --page: #fcfcfd; --bar: #3e63dd; --bad: #c62a2f; --card: #f3f4f6 }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f;
  --page: #111113; --bar: #849dff; --bad: #ff8589; --card: #1c1e21 } }
* { box-sizing: border-box }
body { margin: 2.5rem auto; max-width: 76rem; padding: 0 1.25rem; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.35rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0; color: var(--soft) } p.said { color: var(--ink); font-weight: 600 }
code, td.name, dd { font-family: ui-monospace, monospace; font-size: .86rem }
.scroll { overflow-x: auto }
table { width: 100%; min-width: 44rem; border-collapse: collapse }
th { color: var(--soft); font-size: .8rem; font-weight: 500; text-align: left }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.time, th.time { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
td.name { white-space: pre } td.when { width: 26% ; min-width: 9rem }
.bar { display: block; height: .6rem; margin-top: .4rem; border-radius: .2rem;
  background: var(--bar); min-width: 2px }
.quiet { color: var(--soft); font-size: .86rem }
.bad { color: var(--bad) } .bar.bad { background: var(--bad) }
details { border-bottom: 1px solid var(--line) }
summary { cursor: pointer; padding: .45rem 0 } summary span { color: var(--soft) }
dl { display: grid; grid-template-columns: minmax(10rem, 18rem) 1fr; gap: .1rem 1rem;
  margin: 0 0 .75rem; padding: .6rem .8rem; border-radius: .4rem; background: var(--card) }
dt { color: var(--soft); font-size: .86rem } dd { margin: 0 }
h3 { font-size: .86rem; margin: .5rem 0 .3rem }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } }
@media print { body { margin: 0; max-width: none } }
"""


def page(spans: Sequence[Span]) -> str:
    """Return the page of the spans of one run; the head is that of its own span."""
    top = next((span for span in spans if span.operation == semconv.INVOKE_WORKFLOW), spans[0])
    first, _, label = headline(top).partition("\n")
    title, *who = first.split("  ")
    rows = list(walk(spans))
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{_text(title)}</h1><p>{_text(' · '.join(who))}</p>",
            f"<p class=said>{_text(label)}</p>",
            "<h2>What happened, when</h2><div class=scroll><table><thead>",
            "<tr><th>span<th class=time>took<th>within the run<th>facts</tr></thead><tbody>",
            *(_row(lead, span, spans) for lead, span in rows),
            "</tbody></table></div><h2>All that was recorded</h2>",
            *(_details(span) for _, span in rows),
            "</body></html>\n",
        ]
    )


def _row(lead: str, span: Span, spans: Sequence[Span]) -> str:
    bad = " bad" if span.unfinished or span.status == "ERROR" else ""
    took = "unfinished" if span.unfinished else f"{span.seconds * 1000:,.1f} ms"
    return (
        f"<tr><td class=name>{_text(lead + span.name)}<td class='time{bad}'>{took}"
        f"<td class=when>{_bar(span, spans, bad)}<td class='facts{bad}'>{_text(facts(span))}"
        + "".join(map(_event, span.events))
        + "</tr>\n"
    )


def _bar(span: Span, spans: Sequence[Span], bad: str) -> str:
    begin = min(each.start for each in spans)
    whole = max(max(each.end for each in spans) - begin, 1)
    left = min(100 * (span.start - begin) / whole, 99.5)
    width = min(100 * max(span.end - span.start, 0) / whole, 100 - left)
    return f"<span class='bar{bad}' style='margin-left:{left:.2f}%;width:{width:.2f}%'></span>"


def _event(event: Event) -> str:
    said = " · ".join(f"{key} {item}" for key, item in event.attributes.items())
    passed = event.attributes.get(semconv.SAFETY_VERDICT) == "pass"
    style = "quiet" if passed or event.name != semconv.SAFETY_SIGNAL else "bad"
    return f"<div class={style}>{_text(event.name)}: {_text(said)}</div>"


def _details(span: Span) -> str:
    events = "".join(f"<h3>{_text(each.name)}</h3>{_list(each.attributes)}" for each in span.events)
    times = {"trace_id": span.trace_id, "span_id": span.span_id, "started": f"{span.start} ns"}
    return (
        f"<details><summary>{_text(span.name)} <span>{len(span.attributes)} keys</span></summary>"
        f"{_list(span.attributes)}{events}<h3>resource and place</h3>"
        f"{_list({**span.resource, **times})}</details>\n"
    )


def _list(values: Mapping[str, object]) -> str:
    rows = (f"<dt>{_text(key)}<dd>{_text(_shown(item))}" for key, item in sorted(values.items()))
    return f"<dl>{''.join(rows)}</dl>"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _text(text: str) -> str:
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return escape(shown)
