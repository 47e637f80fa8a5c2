"""Show what a run did, as a tree of its spans (the verb `trace`).

Reads the local files only; how a run is drawn is decided in `tree.py`.
"""

import argparse
import dataclasses
from pathlib import Path

from controls.errors import ControlsError
from controls.report import Report
from controls.tracing import read, semconv
from controls.tracing.read import Reading, Span
from controls.tracing.tree import headline, tree


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trace`."""
    parser.add_argument("run_id", nargs="?", metavar="RUN_ID", help="default: the latest run")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return one run's spans.

    Raises:
        ControlsError: when no run, or not this one, was recorded.
    """
    run_id = args.run_id or read.latest_run(root)
    reading = read.load(root, runs=frozenset({run_id})) if run_id else Reading((), 0)
    if not reading.spans:
        wanted = f"run {args.run_id!r}" if args.run_id else "run"
        raise ControlsError(
            f"no {wanted} was recorded in .aiwf/traces", 'make ask Q="how do I reset my password?"'
        )
    data = [_row(root, span) for span in reading.spans]
    return Report(data, _text(root, reading))


def _text(root: Path, reading: Reading) -> str:
    tops = [span for span in reading.spans if span.operation == semconv.INVOKE_WORKFLOW]
    lines = [headline(tops[-1]) if tops else "the run's own span was not written (killed?)", ""]
    lines += [tree(reading.spans), ""]
    lines += [f"{len(reading.spans)} spans in {reading.spans[0].path.relative_to(root)}"]
    if reading.torn:
        lines += [f"{reading.torn} torn lines were skipped"]
    return "\n".join(lines)


def _row(root: Path, span: Span) -> dict[str, object]:
    place = str(span.path.relative_to(root))
    return {**dataclasses.asdict(span), "path": place, "duration_s": span.seconds}
