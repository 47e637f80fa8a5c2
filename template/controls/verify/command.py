"""Verb `verify`, which is `make check`: everything that CI runs, offline. Exit status 0, or 1.

Goes on after a failure, so that one run says everything. The order matters once: controls judge
what tests and evals left behind, and the answer comes last so that `make trace` shows it.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from controls import catalogue, manifest
from controls.paint import paint
from controls.report import Report
from controls.verify.account import Asked, account, as_data
from controls.verify.execute import Ran, Waiting, execute
from controls.verify.progress import Progress
from controls.verify.question import question
from controls.verify.screen import complaint, detail, screen
from controls.verify.steps import Step, answer, first, last

EVERY = 4.5
WORKERS = max(2, os.cpu_count() or 2)
REVIEWED = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `verify`."""
    parser.add_argument("--base", metavar="SHA", help="the commit that the change is measured from")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Run every step and return the verdict.

    Raises:
        ControlsError: when manifest, catalogue or an eval set do not load.
    """
    started = time.monotonic()
    known, rules = manifest.load(root), catalogue.load(root)
    stream = sys.stderr if args.json else sys.stdout
    progress = Progress(stream, paint(stream))
    progress.say(f"{known.title} · tier {known.tier} {rules.tier(known.tier).name} · offline")
    progress.say()
    steps, asked = first(root, known.tier, rules), Asked(time.time(), question(root))
    stages = [steps, (last(args.base),)]
    if known.tier != REVIEWED:  # there, each question would leave a draft in the review queue
        stages.append((answer(asked.question),))
    sets = _sets(steps)
    done = [ran for stage in stages for ran in _stage(root, stage, progress, sets, asked)]
    whole = account(root, done, sets, asked, time.monotonic() - started)
    return Report(as_data(whole), screen(whole, progress.paint), int(bool(whole.failed)))


def _stage(
    root: Path, steps: tuple[Step, ...], progress: Progress, sets: tuple[str, ...], asked: Asked
) -> Iterator[Ran]:
    for event in execute(root, steps, WORKERS, EVERY):
        if isinstance(event, Waiting):
            progress.waiting(event)
        else:
            sofar = account(root, [event], sets, asked)
            progress.ended(event, detail(event, sofar), complaint(event, sofar))
            yield event


def _sets(steps: tuple[Step, ...]) -> tuple[str, ...]:
    return tuple(command[-1] for step in steps if step.name == "evals" for command in step.commands)
