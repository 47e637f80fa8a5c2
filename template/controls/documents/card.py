"""The model card: the workflow for a person who reads, as Markdown.

Says what is known and what is not; a name that nobody has set is shown as missing, never left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from controls.documents import facts
from controls.documents.facts import NOBODY, Facts

PATH = Path("docs/model-card.md")
HEADER = (
    "<!-- Written from ai-workflow.yaml, prompts/ and evals/baselines/ by"
    " `python -m controls model-card --write`; do not edit. -->"
)
UNMEASURED = (
    "Nothing is claimed yet: no baseline is committed. `python -m evals.run --set smoke_v1"
    " --save-baseline` measures and keeps one."
)
BIAS = (
    "`bias_v1` asks the same questions as somebody of another name, gender, age or origin, and"
    " fails when the answers differ. It sees right and wrong alone: no tone, no group that it does"
    " not name."
)


def card(found: Facts) -> str:
    """Return the card; the same facts give the same text."""
    known = found.manifest
    sections = {
        "At a glance": _glance(found),
        "Use": _use(found),
        "Models": _models(found),
        "Prompts": _table(
            ("prompt", "version", "model"),
            ((p.name, p.version, p.model or "the default model") for p in found.prompts),
        ),
        "Data": _table(
            ("data", "class", "about", "kept for"),
            ((d.name, d.classification, d.subjects, d.retention) for d in known.data),
        ),
        "Behaviour, as measured": _measured(found),
        "Oversight": _oversight(found),
        "Tools": _tools(found),
        "Incidents": _incidents(found),
    }
    parts = [f"# Model card: {_plain(known.title)}", HEADER, _plain(known.description)]
    parts += ["\n".join([f"## {title}\n", *lines]) for title, lines in sections.items()]
    return "\n\n".join(parts) + "\n"


def _glance(found: Facts) -> Iterator[str]:
    known, risk = found.manifest, found.manifest.raw["spec"]["risk"]
    assessed = f"{risk['assessed_by']} on {risk['assessed_on']}" if risk["assessed_by"] else NOBODY
    yield from _table(
        ("", ""),
        (
            ("accountable", known.owner or NOBODY),
            ("team", known.team),
            ("lifecycle", known.lifecycle),
            ("risk tier", f"{known.tier} {found.tier.name}, explained in {risk['rationale']}"),
            ("assessed by", assessed),
            ("next review", risk["review_by"] or "no day yet"),
            ("EU AI Act", f"{risk['eu_ai_act']['category']}, as declared"),
        ),
    )


def _use(found: Facts) -> Iterator[str]:
    spec = found.manifest.raw["spec"]
    yield f"For {_plain(found.manifest.audience)} readers: {_plain(spec['intended_purpose'])}\n"
    yield "Not for:\n"
    yield from (f"- {_plain(use)}" for use in spec["out_of_scope_uses"] or ["nothing is named"])


def _models(found: Facts) -> Iterator[str]:
    known = found.manifest
    yield from _table(
        ("model", "provider", "endpoint", "accountable", "may see"),
        (
            (m.ref, m.provider, m.endpoint, m.owner or NOBODY, _joined(m.allowed_data, "nothing"))
            for m in known.models
        ),
    )  # fmt: skip
    yield f"\nAsked by default: {_plain(known.default_model)}. Limits that are known:\n"
    for provider in dict.fromkeys(model.provider for model in known.models):
        yield f"- {_plain(provider)}: {'; '.join(facts.limits(provider))}"


def _measured(found: Facts) -> Iterator[str]:
    if found.measured:
        yield from _table(
            ("eval set", "model", "prompt", "passed", "share", "on"),
            (
                (m.set, m.model, m.prompt, str(m.passed), f"{m.rate:.3f}", m.day)
                for m in found.measured
            ),
        )
    else:
        yield UNMEASURED
    yield f"\n{BIAS}"


def _oversight(found: Facts) -> Iterator[str]:
    oversight = found.manifest.raw["spec"]["human_oversight"]
    yield f"- a person looks at: {_plain(oversight['mode'])}"
    yield f"- to stop it: {_plain(oversight['stop_control'])}\n"
    yield from _table(
        ("role that approves", "people", "how many"),
        (
            (role.role, _joined((p.handle for p in role.principals), NOBODY), str(role.threshold))
            for role in found.manifest.approvals
        ),
    )


def _tools(found: Facts) -> Sequence[str]:
    tools = [(tool.name, tool.side_effect) for tool in found.manifest.tools]
    return (
        [*_table(("tool", "effect"), tools)]
        if tools
        else ["None: it answers, and changes nothing."]
    )


def _incidents(found: Facts) -> Iterator[str]:
    yield from _table(
        ("kind", "called", "severity", "mitigated within"),
        (
            (kind, row.get("on_call") or NOBODY, str(row["severity"]), str(row["sla"]))
            for kind, row in found.manifest.incidents.items()
        ),
    )


def _joined(words: Iterable[str], nothing: str) -> str:
    return ", ".join(words) or nothing


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield f"|{'---|' * len(head)}"
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_plain, cells))} |"


def _plain(text: str) -> str:
    """Return `text` on one line, and so that it draws no table, tag or link of its own."""
    one = " ".join(str(text).split())
    return one.replace("<", "&lt;").replace("|", "\\|").replace("[", "\\[")
