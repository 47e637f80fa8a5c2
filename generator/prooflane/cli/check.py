"""Check a repository: managed files, held controls, version floor, conflicts, its static checks.

Reads records and files only: no template, no network. --heal puts managed files back as the
template made them: it shows what it would do, and does it with --yes or a terminal's consent; what
was edited is kept as a patch. Exit status: 0 nothing is wrong, 1 something is, 2 it cannot be
checked.
"""

import argparse
import sys
from collections.abc import Callable, Generator
from pathlib import Path

from prooflane.check.finding import Checked
from prooflane.check.inspect import check, locate
from prooflane.errors import ProoflaneError
from prooflane.event import Event
from prooflane.report import check as report
from prooflane.report.paint import paint
from prooflane.report.progress import Progress


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check`."""
    add = parser.add_argument
    add("repo", metavar="REPO", type=Path, nargs="?", default=Path(), help="default: this folder")
    add("--heal", action="store_true", help="restore managed files from the recorded version")
    add("--yes", action="store_true", help="consent to what --heal shows")
    add("--template", metavar="SRC", help="heal from this copy of the template, and trust it")
    add("--json", action="store_true", help="print the result as JSON")
    add("--sarif", metavar="FILE", type=Path, help="also write SARIF 2.1.0, for code scanning")
    add("--junit", metavar="FILE", type=Path, help="also write JUnit XML")
    add("--quiet", action="store_true", help="print nothing but errors")


def run(arguments: argparse.Namespace) -> int:
    """Check the repository, say what is wrong, and return 1 when anything is.

    Raises:
        ProoflaneError: when it cannot be checked, or a report cannot be written.
    """
    show = _nothing if arguments.quiet or arguments.json else Progress(sys.stderr).show
    if arguments.heal:
        _heal(arguments)
    checked = _follow(check(arguments.repo), show)
    _write(arguments, checked)
    if arguments.json:
        print(report.data(checked))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(report.screen(checked, paint(sys.stdout)))  # noqa: T201
    return int(not checked.is_ok)


def _heal(arguments: argparse.Namespace) -> None:
    from prooflane.check import heal  # noqa: PLC0415 - rendering is slow to import, rarely needed
    from prooflane.report.healing import lines  # noqa: PLC0415

    planned = heal.plan(locate(arguments.repo), arguments.template)
    if not planned.actions:
        return
    for line in lines(planned, paint(sys.stderr)):
        print(line, file=sys.stderr)  # noqa: T201
    if arguments.yes or _consents():
        heal.apply(planned)
    else:
        print("nothing was changed: --yes consents", file=sys.stderr)  # noqa: T201


def _consents() -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print("heal? [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _write(arguments: argparse.Namespace, checked: Checked) -> None:
    if arguments.sarif:
        from prooflane.report.sarif import sarif  # noqa: PLC0415 - for whoever asks for it

        _file(arguments.sarif, sarif(checked))
    if arguments.junit:
        from prooflane.report.junit import junit  # noqa: PLC0415 - for whoever asks for it

        _file(arguments.junit, junit(checked))


def _file(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"the report {str(path)!r} cannot be written: {reason}", "name a file in a folder"
        ) from error


def _follow(events: Generator[Event, None, Checked], show: Callable[[Event], None]) -> Checked:
    while True:
        try:
            show(next(events))
        except StopIteration as end:
            checked: Checked = end.value
            return checked


def _nothing(_event: Event) -> None:
    """Show nothing."""
