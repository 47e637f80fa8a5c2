"""Verb `check`: prove every control of the tier. Exit status 0, 1 a control failed, 2 usage.

The edge: reads clock and environment, writes the JUnit file. Everything else is a pure step away.
"""

import argparse
import os
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from controls import catalogue, manifest
from controls.check import runner
from controls.check.junit import junit
from controls.check.model import Context, State
from controls.check.screen import screen
from controls.check.summary import Summary, as_data, summary
from controls.check.verdict import judge
from controls.errors import ControlsError
from controls.evidence import dossier, folder
from controls.evidence.dossier import Dossier
from controls.paint import paint
from controls.parser import day
from controls.report import Report

STATIC = frozenset({"static"})
ALL = frozenset({"static", "run"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `check`."""
    parser.add_argument(
        "--static",
        action="store_true",
        help="read data and policy only; execute nothing of the tree",
    )
    parser.add_argument("--only", metavar="ID", help="one control, such as SUP-1")
    parser.add_argument(
        "--junit",
        type=Path,
        metavar="FILE",
        default=os.environ.get("CHECK_JUNIT") or None,
        help="also write JUnit XML (or CHECK_JUNIT)",
    )
    parser.add_argument(
        "--today", type=day, metavar="YYYY-MM-DD", help="judge as if it were that day"
    )
    parser.add_argument(
        "--evidence", type=Path, metavar="DIR", help="also write a folder that an auditor can read"
    )
    parser.add_argument("--base", metavar="SHA", help="the commit that the change is measured from")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return the state of every control.

    Raises:
        ControlsError: when manifest or catalogue do not load, or `--only` names no control.
    """
    if args.evidence:
        _refuse(root, args)
    asked = context(root, args.today, args.base)
    kinds = STATIC if args.static else ALL
    result = prove(asked, kinds, args.only)
    if args.junit:
        _write(args.junit, junit(result))
    report = Report(as_data(result), screen(result, paint(sys.stdout)), status(result))
    if args.evidence:
        return _with_evidence(report, dossier.gather(asked, result, kinds), root, args.evidence)
    return report


def _refuse(root: Path, args: argparse.Namespace) -> None:
    """Refuse at once what could not be written after minutes of checks."""
    if args.only:
        raise ControlsError("--evidence is about every control", hint="leave out --only")
    folder.refuse(root, args.evidence)


def _with_evidence(report: Report, found: Dossier, root: Path, target: Path) -> Report:
    digest = folder.write(root, found, target)
    data = found.check | {"evidence": {"path": str(target), "sha256": digest}}
    line = f"evidence: {target / 'index.html'} (sha256 of its {folder.SUMS}: {digest})"
    return replace(report, data=data, text=f"{report.text}\n{line}")


def context(root: Path, today: date | None = None, base: str | None = None) -> Context:
    """Return what the checks of the repository at `root` may look at."""
    return Context(
        root=root,
        manifest=manifest.load(root),
        catalogue=catalogue.load(root),
        today=today or datetime.now(UTC).date(),
        base=base or os.environ.get("BASE_SHA") or None,
    )


def prove(asked: Context, kinds: frozenset[str] = ALL, only: str | None = None) -> Summary:
    """Return the verdict on each control of the tier, or on `only`.

    Raises:
        ControlsError: when there is no control to prove.
    """
    controls = asked.catalogue.of(asked.manifest.tier)
    if only:
        controls = tuple(control for control in controls if control.id == only)
        asked.catalogue.control(only)
    if not controls:
        raise ControlsError(
            f"tier {asked.manifest.tier} has no control {only!r}"
            if only
            else "there is no control",
            hint="controls/CONTROLS.md lists them by tier",
        )
    results = {control.id: runner.run(asked, control, kinds) for control in controls}
    judged = [judge(asked, result) for result in results.values() if result]
    return summary(asked, judged, [id_ for id_, result in results.items() if not result])


def status(result: Summary) -> int:
    """Return 1 when a control failed, else 0."""
    return int(result.count(State.failed) > 0)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ControlsError(f"{str(path)!r} cannot be written: {error.strerror}") from error
