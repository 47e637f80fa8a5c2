"""What the pages of a fleet share: a document without script, font or network, and drawn bars.

Everything that came out of a repository is escaped. Colours follow the reader's light or dark mode.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #60646c; --card: #8881;
  --good: #067647; --calm: #667085; --wait: #b54708; --bad: #b42318; --stop: #7a271a;
  --deep: #175cd3; --halt: #6941c6; }
@media (prefers-color-scheme: dark) { :root { --soft: #b0b4ba; --good: #3fb27f; --calm: #8a93a3;
  --wait: #ffb454; --bad: #ff8589; --stop: #ffc2c2; --deep: #84adff;
  --halt: #c9b3ff; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; } h2 small { color: var(--soft); font-weight: 400; }
p { margin: .25rem 0; } p.note { color: var(--soft); margin-bottom: .6rem; }
svg { display: block; width: 100%; height: auto; }
svg.spark { height: 1rem; } svg.spark polyline { vector-effect: non-scaling-stroke; }
svg.bar { height: .9rem; border-radius: .2rem; min-width: 6rem; }
.good { --tone: var(--good); } .calm { --tone: var(--calm); } .wait { --tone: var(--wait); }
.bad { --tone: var(--bad); } .stop { --tone: var(--stop); } .deep { --tone: var(--deep); }
.halt { --tone: var(--halt); }
rect { fill: var(--tone); } polyline { stroke: var(--tone); fill: none; stroke-width: 2; }
.chart { display: grid; grid-template-columns: auto 1fr; gap: .4rem .6rem; font-size: .8rem;
  color: var(--soft); } .chart svg { height: 11rem; }
.chart * { vector-effect: non-scaling-stroke; }
.chart .y { display: flex; flex-direction: column; justify-content: space-between;
  text-align: right; margin: -.3rem 0; } .chart .x { grid-column: 2; display: flex;
  justify-content: space-between; } .chart path { stroke: var(--tone); stroke-width: 6;
  stroke-linecap: round; } line.axis { stroke: var(--line); }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: 0;
  margin: .6rem 0; } ul.legend b { color: var(--tone); }
table { border-collapse: collapse; width: 100%; } .scroll { overflow-x: auto; }
th, td { text-align: left; vertical-align: middle; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-size: .85rem; font-weight: 500; overflow-wrap: normal; }
td:first-child { min-width: 4rem; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.w { width: 55%; }
article { border-left: 3px solid var(--tone); padding: 0 0 0 1rem; margin: 0 0 1rem; }
article h3 { font-size: 1rem; margin: 0; } article p { color: var(--soft); }
@media (max-width: 40rem) { body { margin: 1rem auto; } td.w { width: 40%; }
  th, td { padding-right: .5rem; } }
"""


def document(title: str, body: Iterable[str]) -> str:
    """Return a page; `body` is HTML already."""
    return "".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
            *body,
            "</body></html>\n",
        )
    )


def heading(text: str, note: str = "") -> str:
    """Return the heading of a section, and beside it what it means."""
    small = f" <small>{escape(note)}</small>" if note else ""
    return f"<h2>{escape(text)}{small}</h2>"


def bar(parts: Sequence[tuple[str, str, int]]) -> str:
    """Return one bar of `parts`, each its tone, its name and its number."""
    total = sum(number for _, _, number in parts)
    said = ", ".join(f"{name} {number}" for _, name, number in parts if number)
    return (
        f'<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said)}">{"".join(_rects(parts, total))}</svg>'
    )


def _rects(parts: Sequence[tuple[str, str, int]], total: int) -> Iterator[str]:
    at = 0.0
    for tone, name, number in parts:
        if not number:
            continue
        wide = 1000 * number / total
        title = f"<title>{escape(name)}: {number}</title>"
        # a sliver of the fleet is seen, too
        shown = max(wide, 4)
        yield f'<rect class="{tone}" x="{at:.1f}" width="{shown:.1f}" height="10">{title}</rect>'
        at += wide


def legend(parts: Sequence[tuple[str, str, int]], says: Mapping[str, str]) -> str:
    """Return what the tones of a bar mean, with their numbers."""
    rows = (
        f'<li class="{tone}"><b>{number:,} {escape(name)}</b> {escape(says.get(name, ""))}</li>'
        for tone, name, number in parts
        if number
    )
    return f'<ul class="legend">{"".join(rows)}</ul>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], wide: int = -1) -> str:
    """Return a table; cells are HTML, numbers stand right, column `wide` takes what is left."""
    numeric = "n"
    first = "".join(
        f'<th class="{numeric}">{escape(name)}' if name.startswith("#") else f"<th>{escape(name)}"
        for name in head
    ).replace(">#", ">")
    body = "".join(f"<tr>{''.join(_cells(row, head, wide))}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{first}</tr>{body}</table></div>'


def _cells(row: Sequence[str], head: Sequence[str], wide: int) -> Iterator[str]:
    for at, cell in enumerate(row):
        css = ' class="w"' if at == wide else ' class="n"' if head[at].startswith("#") else ""
        yield f"<td{css}>{cell}"


def card(tone: str, title: str, lines: Iterable[str]) -> str:
    """Return one thing to look at; title and lines are plain text."""
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<article class="{tone}"><h3>{escape(title)}</h3>{said}</article>'
