"""Options that the verbs of `release` share."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from prooflane.cli.follow import Show, nothing
from prooflane.cli.program import program
from prooflane.errors import ProoflaneError
from prooflane.report.progress import Progress
from prooflane.source import address

if TYPE_CHECKING:
    from prooflane.release.asked import Asked


def template(parser: argparse.ArgumentParser) -> None:
    """Add which template is meant."""
    add = parser.add_argument
    add("--template", metavar="SRC", default=".", help="the template's repository (default: here)")


def looking(parser: argparse.ArgumentParser) -> None:
    """Add how the candidate is looked at."""
    add = parser.add_argument
    fleet = "also a what-if over it: a folder, a list, github:ORGANISATION or gitlab:GROUP"
    add("--fleet", metavar="SOURCE", action="append", default=[], help=fleet)
    add("--python", metavar="PROGRAM", default=sys.executable, help="runs static checks (own)")
    executor = "threads[:N], processes[:N] or dask:HOST:PORT (default: threads)"
    add("--executor", metavar="KIND", default="threads", help=executor)
    add("--today", metavar="DATE", default=date.today().isoformat(), help=argparse.SUPPRESS)  # noqa: DTZ011 - a person's date


def output(parser: argparse.ArgumentParser) -> None:
    """Add how the result is printed."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def asked(arguments: argparse.Namespace, *, to: str = "HEAD", runs: bool = True) -> "Asked":
    """Return what the arguments ask of a check.

    Raises:
        ProoflaneError: when an option is wrong.
    """
    from prooflane.fleet import executors  # noqa: PLC0415 - help needs none of it
    from prooflane.release.asked import Asked  # noqa: PLC0415

    return Asked(
        template=named(arguments.template),
        to=to,
        today=day(arguments.today),
        how=executors.parse(arguments.executor),
        python=program(arguments.python),
        fleet=tuple(arguments.fleet),
        runs=runs,
    )


def named(text: str) -> str:
    """Return the template that `text` names, wherever a worker runs."""
    return text if address.is_url(text) else str(Path(text).expanduser().resolve())


def day(text: str) -> date:
    """Return the date in `text`.

    Raises:
        ProoflaneError: when it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ProoflaneError(f"{text!r} is no date", "--today 2026-01-31") from error


def show(arguments: argparse.Namespace) -> Show:
    """Return what shows how far the work is."""
    return nothing if arguments.quiet else Progress(sys.stderr).show
