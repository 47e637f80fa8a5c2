"""Draws the review queue as HTML that needs nothing else: no script, no font, no network.

Every word that a model, a source or a person wrote is escaped here. What a request may do is
decided in `serve`, what a reviewer may do in `queue`.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from controls.review.draft import FINAL, Draft
from controls.typed import typed

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5d6670; --line: #d5dae0;
  --back: #f6f7f9; --card: #fff; --go: #0b6b3a; --stop: #a4211a; --note: #fff4d6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a0a8b2; --line: #3a4048;
  --back: #15181c; --card: #1e2227; --go: #1f7d4c; --stop: #e0645c; --note: #3d3418; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.45rem; line-height: 1.3; margin: .4rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: .85rem; letter-spacing: .04em; text-transform: uppercase; color: var(--soft);
  margin: 1.8rem 0 .5rem; }
a { color: inherit; } p { margin: .5rem 0; } nav { color: var(--soft); font-size: .95rem; }
.card, details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .9rem 1rem; margin: 0 0 .7rem; overflow-wrap: anywhere; }
a.card { display: block; text-decoration: none; } a.card:hover { border-color: var(--soft); }
.card strong { display: block; } .soft { color: var(--soft); font-size: .9rem; }
.note { background: var(--note); border-radius: .6rem; padding: .7rem 1rem; margin: 0 0 1rem; }
.text { white-space: pre-wrap; } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: .92em ui-monospace, Menlo, Consolas, monospace; }
label { display: block; font-weight: 600; margin: 1rem 0 .3rem; }
textarea, input { width: 100%; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .7rem; }
textarea { min-height: 10rem; resize: vertical; } input { max-width: 20rem; }
:focus-visible { outline: 3px solid #4c8dff; outline-offset: 1px; }
.acts { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1.2rem; }
button { font: inherit; font-weight: 600; padding: .55rem 1.3rem; border-radius: .5rem;
  border: 1px solid var(--line); background: var(--card); color: inherit; cursor: pointer; }
button.go { background: var(--go); border-color: var(--go); color: #fff; }
button.stop { color: var(--stop); border-color: var(--stop); margin-left: auto; }
@media (max-width: 30rem) { button { flex: 1 1 100%; } input { max-width: none; } }
"""
STYLE_HASH = f"sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}"


@dataclass(frozen=True, slots=True)
class Typed:
    """What a reviewer had in the form; nothing that they typed is lost over a refusal."""

    text: str
    actor: str
    told: str = ""


def listing(home: str, drafts: Sequence[Draft], told: str = "") -> str:
    """Return the page of what waits, oldest first, then of what was decided, newest first."""
    waiting = [draft for draft in drafts if draft.state not in FINAL]
    done = [draft for draft in reversed(drafts) if draft.state in FINAL][:20]
    count = f"{len(waiting)} draft{'' if len(waiting) == 1 else 's'}"
    body = [f"<h1>{count if waiting else 'Nothing'} waiting for review</h1>", _note(told)]
    body += [_card(home, draft) for draft in waiting]
    if not waiting:
        body.append('<p class="soft"><code>make ask Q="…"</code> makes a draft.</p>')
    if done:
        body += ["<h2>Decided</h2>", *(_card(home, draft) for draft in done)]
    return _page("Review queue", body)


def one(
    home: str, draft: Draft, sources: Iterable[Mapping[str, object]], typed: Typed | None = None
) -> str:
    """Return the page of one draft: a form while it is open, its final text once it is decided."""
    shown = typed or Typed(draft.text, "")
    body = [_back(home), f"<h1>{escape(draft.question)}</h1>", _note(shown.told)]
    if draft.state in FINAL:
        body += [f'<p class="card text">{escape(draft.text)}</p>', _drafted(draft)]
    else:
        body += [_form(home, draft, shown), _drafted(draft)]
    body += ["<h2>Sources</h2>", *(_sources(draft, sources)), "<h2>Evidence</h2>", _facts(draft)]
    return _page(draft.question, body)


def overtaken(home: str, draft: Draft, typed: Typed) -> str:
    """Return the page for the slower of two reviewers: who decided what, and their own text."""
    who = escape(draft.actor or "somebody")
    told = (
        f"{who} was quicker: this draft is now <b>{escape(draft.state)}</b>"
        f" (version {draft.version}). Your decision was not carried out."
    )
    body = [
        _back(home),
        "<h1>Somebody else decided</h1>",
        f'<p class="note">{told}</p>',
        f"<h2>The text now</h2><p class='card text'>{escape(draft.text)}</p>",
        f"<h2>Your text</h2><p class='card text'>{escape(typed.text)}</p>",
        f'<p><a href="{home}draft/{escape(draft.id)}">Read the draft again</a></p>',
    ]
    return _page("Somebody else decided", body)


def refused(title: str, message: str, hint: str = "") -> str:
    """Return the page of a request that is not carried out."""
    told = [f"<h1>{escape(title)}</h1>", f"<p>{escape(message)}</p>"]
    return _page(title, [*told, f'<p class="soft">{escape(hint)}</p>' if hint else ""])


def _form(home: str, draft: Draft, typed: Typed) -> str:
    return (
        f'<form method="post" action="{home}draft/{escape(draft.id)}">'
        f'<input type="hidden" name="version" value="{draft.version}">'
        '<label for="text">What would be sent</label>'
        f'<textarea id="text" name="text" required>\n{escape(typed.text)}</textarea>'
        '<label for="actor">Your name</label><input id="actor" name="actor" required'
        f' autocomplete="username" placeholder="@you" value="{escape(typed.actor)}">'
        '<div class="acts"><button class="go" name="wish" value="send">Send</button>'
        '<button name="wish" value="save">Save edit</button>'
        '<button class="stop" name="wish" value="reject">Reject</button></div></form>'
    )


def _card(home: str, draft: Draft) -> str:
    by = f" by {escape(draft.actor)}" if draft.actor else ""
    return (
        f'<a class="card" href="{home}draft/{escape(draft.id)}">'
        f"<strong>{escape(_short(draft.question))}</strong>"
        f'<span class="soft">{escape(draft.state)}{by} · {escape(_when(draft.changed))}'
        f" · {escape(draft.disclosure)}</span></a>"
    )


def _drafted(draft: Draft) -> str:
    if draft.text == draft.drafted:
        return ""
    return (
        f"<h2>The model's draft</h2><details><summary>{draft.edit_ratio:.0%} of the words were"
        f' changed</summary><p class="text">{escape(draft.drafted)}</p></details>'
    )


def _sources(draft: Draft, sources: Iterable[Mapping[str, object]]) -> Iterable[str]:
    shown = [_source(source, draft.citations) for source in sources]
    missing = ", ".join(draft.citations) or "none"
    return shown or [f'<p class="card soft">cited: {escape(missing)}; no text was kept</p>']


def _source(source: Mapping[str, object], cited: Sequence[str]) -> str:
    name, title, text = (str(source.get(key, "")) for key in ("id", "title", "text"))
    used = " · cited" if name in cited else " · not cited"
    return (
        f"<details{' open' if name in cited else ''}><summary><b>{escape(title or name)}</b>"
        f' <span class="soft">{escape(name)}{used}</span></summary>'
        f'<p class="text">{escape(text)}</p></details>'
    )


def _facts(draft: Draft) -> str:
    facts = {
        "state": f"{draft.state}, version {draft.version}"
        + (f", {draft.actor}" if draft.actor else ""),
        "disclosure": draft.disclosure,
        "trace": typed(f"python -m controls trace {draft.run_id}"),
        "draft": draft.id,
        "made": _when(draft.created),
    }
    mono = ("trace", "draft")
    rows = (
        f"<dt>{name}</dt><dd>{f'<code>{escape(text)}</code>' if name in mono else escape(text)}"
        "</dd>"
        for name, text in facts.items()
    )
    return f'<dl class="card">{"".join(rows)}</dl>'


def _back(home: str) -> str:
    return f'<nav><a href="{home}">← all drafts</a></nav>'


def _note(told: str) -> str:
    return f'<p class="note" role="status">{escape(told)}</p>' if told else ""


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= 140 else f"{joined[:139]}…"


def _when(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC" if moment else ""


def _page(title: str, body: Iterable[str]) -> str:
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(_short(title))}</title><style>{STYLE}</style></head>"
    )
    return f"{head}<body><main>{''.join(body)}</main></body></html>\n"
