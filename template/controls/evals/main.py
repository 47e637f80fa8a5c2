"""The command `python -m evals.run`: options in, report out, an exit status that means one thing.

Prints and writes files; everything it says was decided elsewhere.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from controls import output
from controls.errors import ControlsError
from controls.evals import evidence, github, options, report, sets
from controls.evals.conduct import conduct, planned, selected
from controls.evals.junit import junit
from controls.evals.page import page, traces
from controls.evals.progress import Progress
from controls.evals.report import Report
from controls.evals.screen import screen
from controls.evals.verdict import USAGE
from controls.gateway import cassettes
from controls.paint import paint
from controls.typed import typed


def main(
    root: Path,
    argv: Sequence[str],
    environ: Mapping[str, str] = os.environ,
    out: TextIO = sys.stdout,
    err: TextIO = sys.stderr,
) -> int:
    """Run what the arguments ask for and return the exit status (0 to 5, 130 when interrupted)."""
    return output.whole(lambda: _told(root, argv, environ, out, err))


def _told(
    root: Path, argv: Sequence[str], environ: Mapping[str, str], out: TextIO, err: TextIO
) -> int:
    try:
        return _main(root, argv, environ, out, err)
    except ControlsError as error:
        print(typed(f"error: {error.message}"), file=err)
        if error.hint:
            print(typed(f"hint: {error.hint}"), file=err)
        return error.status
    except BrokenPipeError:
        raise  # whoever reads has gone away: that is no mistake
    except OSError as error:  # of the run's own files: what a case raises is its result
        print(f"error: {error.filename!r} cannot be written: {error.strerror or error}", file=err)
        return USAGE
    except KeyboardInterrupt:
        print("error: interrupted; no report was written", file=err)
        print("hint: --resume goes on where it stopped", file=err)
        return 130


def run(root: Path, wanted: options.Options, err: TextIO | None = None) -> Report:
    """Run the set and return its report, stored and sealed; progress goes to `err` if given.

    Raises:
        ControlsError: when the set is unknown or malformed, or the run cannot begin.
    """
    evals = sets.load(root, wanted.set)
    total = len(selected(evals, wanted.cases)) * planned(wanted)
    progress = Progress(total, evals.name, err) if err else None
    try:
        with cassettes.used(wanted.profile if wanted.profile in options.CACHED else None):
            finished = conduct(root, evals, wanted, progress or (lambda: None))
    finally:
        if progress:
            progress.close()
    evidence.seal(root, report.store(root, finished))
    return finished


def _main(
    root: Path, argv: Sequence[str], environ: Mapping[str, str], out: TextIO, err: TextIO
) -> int:
    wanted = options.parse(argv, environ)
    finished = run(root, wanted, err)
    if wanted.junit:
        _write(wanted.junit, junit(finished))
    if wanted.html:
        _write(wanted.html, page(finished, traces(root, finished)))
    github.summarise(finished, environ)
    if wanted.json:
        print(json.dumps(report.data(finished), indent=2), file=out)
    else:
        print(typed(screen(finished, paint(out, environ))), file=out)
    if said := github.annotations(finished, environ):
        print(typed(said), file=err if wanted.json else out)
    return finished.exit


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
