"""The result of `fleet scan` for the terminal and as JSON."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from prooflane.fleet.repository import Standing
from prooflane.fleet.scan import Scanned

SHOWN = 12


def data(done: Scanned) -> str:
    """Return the result as JSON."""
    return json.dumps(
        {
            "repositories": [asdict(row) for row in done.repositories],
            "unlisted": [asdict(row) for row in done.unlisted],
            "hints": dict(done.hints),
            "status": done.status,
        },
        indent=2,
        ensure_ascii=False,
    )


def screen(done: Scanned) -> str:
    """Return what a person reads: how many, by tier and version, and what could not be reached."""
    return "\n".join(_lines(done))


def _lines(done: Scanned) -> Iterator[str]:
    states = Counter(row.state for row in done.repositories)
    active = [row for row in done.repositories if row.state == Standing.active]
    whole = len(done.repositories)
    noun = "repository" if whole == 1 else "repositories"
    yield f"{whole:,} {noun}, {len(active):,} made from a template"
    for name, counts in (
        ("tier", Counter("-" if row.tier is None else str(row.tier) for row in active)),
        ("version", Counter(row.version for row in active)),
    ):
        said = ", ".join(f"{key}: {number}" for key, number in sorted(counts.items()))
        yield f"{'by ' + name:<12}{said}" if said else f"{'by ' + name:<12}none"
    for state in (*list(Standing)[1:],):
        if states[state]:
            more = ", without a commit yet" if state is Standing.empty else ""
            yield f"{NAMES[state]:<12}{states[state]}{more}"
    lost = [row for row in done.repositories if row.state == Standing.unreachable]
    for row in lost[:SHOWN]:
        yield f"  {row.key}: {row.reason}"
    if len(lost) > SHOWN:
        yield f"  … and {len(lost) - SHOWN} more: --json"
    shown = (done.hints.get(row.key, "") for row in lost[:SHOWN])
    yield from dict.fromkeys(f"  hint: {hint}" for hint in shown if hint)
    for source in done.unlisted:
        yield f"not listed  {source.source}: {source.reason}"
        if source.hint:
            yield f"  hint: {source.hint}"
    yield "next        prooflane fleet plan"


NAMES = {
    Standing.foreign: "not ours",
    Standing.empty: "empty",
    Standing.archived: "archived",
    Standing.renamed: "renamed",
    Standing.gone: "gone",
    Standing.unreachable: "unreachable",
}
