"""Show what a run did, as a tree of its spans or as one page (the verb `trace`), and keep house.

Reads the local files only. How a run is drawn is decided in `tree.py` and `page.py`; the words
that stand where a run id could (`compact`, `expire`, `erase`) are done in `housekeeping.py`.
"""

import argparse
import dataclasses
from pathlib import Path

from controls.errors import ControlsError
from controls.parser import day
from controls.report import Report
from controls.tracing import housekeeping, read, semconv
from controls.tracing.read import Reading, Span
from controls.tracing.tree import headline, tree


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trace`."""
    words = ", ".join(housekeeping.WORDS)
    parser.add_argument(
        "run_id", nargs="?", metavar="RUN_ID", help=f"default: the latest run; or one of {words}"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the run as one page")
    parser.add_argument(
        "--content", action="store_true", help="show question and answer, where they are kept"
    )
    parser.add_argument("--today", type=day, metavar="DAY", help="of compact and expire")
    parser.add_argument("--subject", metavar="ID", help="of erase: a pseudonym, or the user's name")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return one run's spans, or do what a word of housekeeping asks.

    Raises:
        ControlsError: when no run, or not this one, was recorded.
    """
    if args.run_id in housekeeping.WORDS:
        return housekeeping.run(root, args)
    run_id = args.run_id or read.latest_run(root)
    reading = read.load(root, runs=frozenset({run_id})) if run_id else Reading((), 0)
    spans = (*reading.spans, *reading.unfinished)
    if not spans:
        wanted = f"run {args.run_id!r}" if args.run_id else "run"
        raise ControlsError(
            f"no {wanted} was recorded in .aiwf/traces", 'make ask Q="how do I reset my password?"'
        )
    if args.html:
        return _page(spans, args.html)
    text = _text(root, spans, reading.torn)
    if args.content:
        from controls.tracing import content  # noqa: PLC0415  only where it is kept

        text += "\n\n" + content.shown(root, spans[0].run_id)
    return Report([_row(root, span) for span in spans], text)


def _page(spans: tuple[Span, ...], target: Path) -> Report:
    from controls.tracing.page import page  # noqa: PLC0415  the terminal does without it

    target.write_text(page(spans), encoding="utf-8", errors="backslashreplace")
    return Report({"run_id": spans[0].run_id, "file": str(target)}, f"written to {target}")


def _text(root: Path, spans: tuple[Span, ...], torn: int) -> str:
    tops = [span for span in spans if span.operation == semconv.INVOKE_WORKFLOW]
    lines = [headline(tops[-1]) if tops else "the run's own span was not written", ""]
    lines += [tree(spans), ""]
    lines += [f"{len(spans)} spans in {spans[0].path.relative_to(root)}"]
    if torn:
        lines += [f"{torn} torn lines were skipped"]
    return "\n".join(lines)


def _row(root: Path, span: Span) -> dict[str, object]:
    place = str(span.path.relative_to(root))
    return {**dataclasses.asdict(span), "path": place, "duration_s": span.seconds}
