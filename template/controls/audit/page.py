"""Draws the answer to the board's question as one HTML page: no script, nothing fetched.

Everything that comes from traces and git is escaped. Calls without an approval in force come first
and say so in words, not by colour alone.
"""

from html import escape

from controls.audit import screen
from controls.audit.approval import Approval
from controls.audit.touched import Answer, Row

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9dbe0;
  --page: #fcfcfd; --bad: #c62a2f; --good: #18794e; --card: #f3f4f6 }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f;
  --page: #111113; --bad: #ff8589; --good: #4cc38a; --card: #1c1e21 } }
* { box-sizing: border-box }
body { margin: 2.5rem auto; max-width: 62rem; padding: 0 1.25rem; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.35rem; margin: 0 0 .25rem } p { margin: .15rem 0; color: var(--soft) }
article { margin: 1.25rem 0; padding: .9rem 1.1rem; border: 1px solid var(--line);
  border-left: .3rem solid var(--good); border-radius: .4rem; break-inside: avoid }
article.bad { border-left-color: var(--bad) }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between }
h2 { font: 600 1rem/1.5 ui-monospace, monospace; margin: 0 }
.state { font-weight: 600; color: var(--good) } .bad .state { color: var(--bad) }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .15rem 1rem; margin: .6rem 0 0 }
dt { color: var(--soft) } dd { margin: 0; font-variant-numeric: tabular-nums }
code { font: .86rem ui-monospace, monospace }
ul { list-style: none; margin: .75rem 0 0; padding: .6rem .8rem; border-radius: .4rem;
  background: var(--card) } li + li { margin-top: .5rem }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .35rem } }
@media print { body { margin: 0; max-width: none } }
"""


def page(found: Answer) -> str:
    """Return the page."""
    title, _, period = screen.headline(found).partition("\n")
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body><main>",
            f"<h1>{_text(title)}</h1>",
            *(f"<p>{_text(said)}</p>" for said in (period, *screen.notes(found)) if said),
            *map(_article, found.rows),
            "</main></body></html>\n",
        ]
    )


def _article(row: Row) -> str:
    approved = row.standing.approved
    state = screen.IN_FORCE if approved else screen.NONE
    missing = f"<dt>missing<dd>{_text(', '.join(row.standing.missing))}" if not approved else ""
    facts = {
        "calls": f"{row.calls:,} on {row.data} data",
        "for": screen.users(row),
        "under": screen.what(row),
        "answered by": ", ".join(row.response_models) or "nothing recorded",
        "when": f"{screen.moment(row.first)} to {screen.moment(row.last)}",
        "code at": screen.revisions(row),
    }
    return (
        f"<article{'' if approved else ' class=bad'}><header><h2>{_text(row.model)}</h2>"
        f"<span class=state>{'✓' if approved else '✗'} {state}</span></header><dl>{missing}"
        + "".join(f"<dt>{name}<dd>{_text(value)}" for name, value in facts.items())
        + "</dl>"
        + (
            f"<ul>{''.join(map(_approval, row.standing.approvals))}</ul>"
            if row.standing.approvals
            else ""
        )
        + "</article>\n"
    )


def _approval(each: Approval) -> str:
    return f"<li>{_text(screen.approval(each))}<br><code>{_text(screen.place(each))}</code>"


def _text(text: str) -> str:
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return escape(shown)
