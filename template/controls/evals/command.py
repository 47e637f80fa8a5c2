"""Show the eval sets, or compare the last runs with their baselines (the verb `evals`).

Runs nothing: `python -m evals.run` does.
"""

import argparse
from pathlib import Path

from controls import manifest as manifests
from controls.evals import baseline, gate, report, sets
from controls.evals.drift import Drift, drifts
from controls.report import Report


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `evals`."""
    help_ = "list the sets (default), or the drift of the last runs against their baselines"
    parser.add_argument("what", nargs="?", choices=("list", "drift"), default="list", help=help_)


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return what was asked for; drift exits 1.

    Raises:
        ControlsError: when a set, a report or a baseline is malformed.
    """
    return _drift(root) if args.what == "drift" else _list(root)


def _list(root: Path) -> Report:
    needed = gate.required(root, manifests.load(root).tier)
    rows = [_row(root, name, gates=name in needed) for name in sets.names(root)]
    width = max((len(str(row["set"])) for row in rows), default=0)
    lines = [
        f"{row['set']:<{width}}  {row['cases']:>4} cases  {'gated' if row['gated'] else '     '}"
        f"  floor {row['floor']}  last: {row['last']}"
        for row in rows
    ]
    return Report(rows, "\n".join(lines) or "there are no eval sets")


def _row(root: Path, name: str, *, gates: bool) -> dict[str, object]:
    loaded, last = sets.load(root, name), report.last(root, name)
    return {
        "set": name,
        "title": loaded.title,
        "path": loaded.path,
        "cases": len(loaded.cases),
        "gated": gates,
        "floor": loaded.min_pass,
        "last": f"{last['verdict']} ({last['passed']} of {last['cases']})" if last else "never run",
    }


def _drift(root: Path) -> Report:
    manifest = manifests.load(root)
    moved: list[Drift] = []
    compared = 0
    for name in sets.names(root):
        kept, now = baseline.load(baseline.path(root, name)), report.last(root, name)
        if kept and now:
            compared += 1
            moved += drifts(manifest, kept.figures, now)
    data: list[dict[str, object]] = [
        {"set": m.set, "what": m.what, "before": m.before, "now": m.now, "owner": m.owner}
        for m in moved
    ]
    said = [each.sentence for each in moved] or [f"no drift in {compared} sets with a baseline"]
    return Report(data, "\n".join(said), status=1 if moved else 0)
