"""Draws a dossier as one HTML page that needs nothing else: no script, no font, no network.

Pure. The three questions come first; everything that came out of the repository is escaped.
"""

from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from controls.evidence.claim import Answer, Citation, Claim, State
from controls.evidence.dossier import Dossier

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_CSS = {
    State.ok: "ok",
    State.pending: "pending",
    State.failed: "failed",
    State.declared: "soft",
    State.unseen: "soft",
}
SHOWN = 12  # characters of a digest beside a claim; the whole of it stands in the list
_STYLE = """
:root { color-scheme: light dark; --failed: #b42318; --ok: #067647; --pending: #b54708;
  --soft: #60646c; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --failed: #ff8589; --ok: #5fd49a;
  --pending: #ffb454; --soft: #b0b4ba; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .4rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .4rem; }
p { margin: .3rem 0; } a { color: inherit; } nav a { margin-right: 1rem; }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .1rem 1rem; margin: .8rem 0; }
dt { color: var(--soft); } dd { margin: 0; }
ul { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: 7.5rem 1fr; gap: 0 1rem; padding: .5rem 0;
  border-top: 1px solid var(--line); }
li.wide { grid-template-columns: 1fr; }
small { display: block; color: var(--soft); font-size: .8rem; line-height: 1.45; }
code { font: .78rem/1.4 ui-monospace, monospace; }
.ok { color: var(--ok); } .pending { color: var(--pending); } .failed { color: var(--failed); }
.soft { color: var(--soft); } b { font-weight: 600; }
@media (max-width: 40rem) { li, dl { grid-template-columns: 1fr; } }
@media print { body { margin: 0; max-width: none; } nav { display: none; } }
"""


def page(dossier: Dossier) -> str:
    """Return the page; the same dossier gives the same bytes."""
    return "".join(_parts(dossier))


def _parts(dossier: Dossier) -> Iterator[str]:
    title = escape(dossier.title)
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Evidence: {title}</title><style>{_STYLE}</style></head>\n"
    yield f"<body><h1>Evidence: {title}</h1>\n{_counts(dossier)}"
    yield _facts(dossier)
    yield "<nav>"
    yield from (f'<a href="#{answer.id}">{escape(answer.title)}</a>' for answer in dossier.answers)
    yield '<a href="#standards">Standards</a><a href="#cited">Everything cited</a>'
    yield '<a href="#verify">How to verify</a></nav>\n'
    yield from map(_answer, dossier.answers)
    yield from _standards(dossier)
    yield from _everything(dossier)
    yield _VERIFY
    yield "</body></html>\n"


def _counts(dossier: Dossier) -> str:
    shown = (f'<b class="{_CSS[State(name)]}">{n} {name}</b>' for name, n in dossier.counts.items())
    return f"<p>Controls of the tier: {', '.join(shown)}.</p>\n"


def _facts(dossier: Dossier) -> str:
    changed = len(dossier.changed)
    files = ", ".join(dossier.changed[:5]) + (" and more" if changed > 5 else "")
    rows = {
        "repository": dossier.name,
        "tier": dossier.tier,
        "lifecycle": dossier.lifecycle,
        "commit": dossier.commit or "none",
        "not committed": f"{changed} files: {files}" if changed else "nothing",
        "template": dossier.template_version,
        "judged as of": dossier.day,
    }
    told = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows.items())
    return f"<dl>{told}</dl>\n"


def _answer(answer: Answer) -> str:
    body = "".join(map(_claim, answer.claims))
    told = f"<ul>{body}</ul>" if body else "<p>None is recorded.</p>"
    return f'<h2 id="{answer.id}">{escape(answer.title)}</h2>\n{told}\n'


def _claim(claim: Claim) -> str:
    head = f"{escape(claim.control)} " if claim.control else ""
    notes = "".join(f"<small>{escape(note)}</small>" for note in claim.notes)
    cited = "".join(map(_citation, claim.citations))
    state = f'<b class="{_CSS[claim.state]}">{escape(claim.state)}</b>'
    return f"<li><span>{head}{state}</span><div>{escape(claim.text)}{notes}{cited}</div></li>\n"


def _citation(one: Citation) -> str:
    name = escape(one.path) + (f":{one.line}" if one.line else "")
    name = _link(one, name)
    if one.folder:
        name = f"{name} ({one.files} file{'s' * (one.files != 1)})"
    known = f"commit {one.commit[:12]}" if one.commit else "not in git"
    known += ", changed since" if one.changed and one.commit else ""
    return f"<small><code>{name} · {known} · sha256 {one.sha256[:SHOWN]}</code></small>"


def _link(one: Citation, name: str) -> str:
    """Return `name`, which is HTML, as a link to the copy of the file that `one` cites."""
    if one.folder:
        return name
    return f'<a href="files/{quote(one.path, safe="/", errors="replace")}">{name}</a>'


def _standards(dossier: Dossier) -> Iterator[str]:
    yield '<h2 id="standards">Standards</h2>\n<p>Which controls of this tier help with what. '
    yield "Citing a standard does not make anybody conform to it.</p><ul>"
    for name, controls in dossier.standards:
        yield f"<li><span>{escape(', '.join(controls))}</span><div>{escape(name)}</div></li>\n"
    yield "</ul>\n"


def _everything(dossier: Dossier) -> Iterator[str]:
    """Yield each cited file and folder once, with commit and digest in full."""
    found = {
        one.path: one
        for answer in dossier.answers
        for claim in answer.claims
        for one in claim.citations
    }
    yield '<h2 id="cited">Everything cited</h2>\n<ul>'
    for path in sorted(found):
        one = found[path]
        known = f"commit {one.commit or 'none: not in git'}<br>sha256 {one.sha256}"
        yield f'<li class="wide"><div>{_link(one, escape(path))}</div>'
        yield f"<small><code>{known}</code></small></li>\n"
    yield "</ul>\n"


_VERIFY = """\
<h2 id="verify">How to verify</h2>
<p>This folder: <code>sha256sum --check SHA256SUMS</code>.</p>
<p>The repository, in a checkout of the commit above with nothing uncommitted:
<code>sha256sum --check DIR/repository.sha256</code>. A folder's digest is that of its lines there:
<code>grep '  controls/policy/' repository.sha256 | sha256sum</code>. A commit is git's own:
<code>git show COMMIT -- FILE</code>.</p>
<p>This dossier is made again by
<code>python -m controls check --evidence DIR --today DAY</code>.</p>
<p>Declared means: a file says so. Ok means: a check looked, and its n and evidence stand beside it.
Pending means: a person has yet to decide something. The copies in <code>files/</code> are the bytes
that were cited; reports below <code>.aiwf/</code> are of the machine that made this, not in
git.</p>
"""
