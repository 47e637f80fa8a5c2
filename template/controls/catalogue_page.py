"""CONTROLS.md: the catalogue as a page for people. Pure; a release of the template writes it.

The page is the same in every repository of a release: it shows all tiers that the template offers,
and the manifest says which of them this repository is at.
"""

from collections.abc import Iterable, Iterator, Mapping

from controls.catalogue import Catalogue, Control, Tier

INTRODUCTION = """\
# Controls

Written from `controls/catalogue.yaml`; do not edit. `spec.risk.tier` of `ai-workflow.yaml` says
which column is yours, and `python -m controls check` says how each control stands here: ok, pending
(a person has yet to decide something) or failed. `lifecycle: production` turns pending into failed.
"""


def page(catalogue: Catalogue) -> str:
    """Return the page as Markdown, the same text for the same catalogue."""
    return "\n".join(_page(catalogue)) + "\n"


def _page(catalogue: Catalogue) -> Iterator[str]:
    yield INTRODUCTION
    yield from _tiers(catalogue.tiers)
    yield from _floor(catalogue)
    yield from _overview(catalogue)
    yield from _standards(catalogue)
    titles = {standard.id: standard.title for standard in catalogue.standards}
    for control in catalogue.controls:
        yield from _control(control, titles)


def _tiers(tiers: Iterable[Tier]) -> Iterator[str]:
    yield "## Tiers\n"
    yield from _table(
        ("tier", "example", "approved by", "logged at least", "what it asks of a person"),
        (
            (f"{row.tier} {row.name}", row.example, row.approval, row.logging, row.costs)
            for row in tiers
        ),
    )


def _floor(catalogue: Catalogue) -> Iterator[str]:
    yield "## The lowest tier that is allowed\n"
    yield from _table(
        ("at least", "when", "because"),
        (
            (str(rule.tier), "; ".join(map(_when, rule.when.items())), rule.reason)
            for rule in catalogue.floor
        ),
    )


def _when(condition: tuple[str, tuple[str, ...]]) -> str:
    fact, values = condition
    return f"{fact} is {' or '.join(values)}"


def _overview(catalogue: Catalogue) -> Iterator[str]:
    yield "## Which tier asks for which control\n"
    tiers = [row.tier for row in catalogue.tiers]
    yield from _table(
        ("control", *(f"tier {tier}" for tier in tiers)),
        (
            (f"[{control.id}](#{_anchor(control)}) {control.title}", *_marks(control, tiers))
            for control in catalogue.controls
        ),
    )


def _marks(control: Control, tiers: Iterable[int]) -> Iterator[str]:
    for tier in tiers:
        advised = "recommended" if tier in control.recommended else ""
        yield "required" if tier in control.tiers else advised


def _standards(catalogue: Catalogue) -> Iterator[str]:
    yield "## Which control answers which standard\n"
    yield "A control helps with what it cites; alone it makes nobody conform. A control"
    yield "without a citation is one for which no place could be named with certainty.\n"
    yield from _table(
        ("reference", "title", "edition", "controls"),
        (
            (standard.id, standard.title, standard.edition, ", ".join(c.id for c in controls))
            for standard, controls in catalogue.cited(catalogue.controls)
        ),
    )


def _control(control: Control, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"## {control.id} {control.title}\n"
    yield f"{control.why[0].upper()}{control.why[1:]}.\n"
    yield f"- files: {', '.join(f'`{name}`' for name in control.files)}"
    for check in control.checks:
        yield f"- checked by: `{check.run}` ({check.kind})"
    for kind, keys in control.keys.items():
        yield f"- each {kind} carries: {', '.join(f'`{key}`' for key in keys)}"
    yield f"- when it fails: {control.remedy}"
    if control.references:
        named = (f"{id_} {titles[id_]}" for id_ in control.references)
        yield f"- references: {'; '.join(named)}"
    yield f"- since {control.since}, mode {control.mode}\n"


def _anchor(control: Control) -> str:
    kept = (
        char for char in f"{control.id} {control.title}".lower() if char.isalnum() or char in " -"
    )
    return "".join(kept).replace(" ", "-")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = tuple(head)
    yield _row(columns)
    yield _row("---" for _ in columns)
    yield from (_row(row) for row in rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
