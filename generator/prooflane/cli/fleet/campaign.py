"""What the verbs of a campaign share: their options, the opened ledger, the last screen."""

import argparse
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prooflane.cli.fleet import options
from prooflane.report.paint import paint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prooflane.campaign.result import Rolled
    from prooflane.fleet.ledger.database import Ledger


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options that each of the verbs has."""
    options.ledger(parser)
    options.output(parser)


@contextmanager
def ledger(arguments: argparse.Namespace) -> "Iterator[Ledger]":
    """Give the ledger that was named.

    Raises:
        ProoflaneError: when it cannot be opened.
    """
    from prooflane.fleet.ledger.database import opened  # noqa: PLC0415 - an extra

    with opened(arguments.ledger) as found:
        yield found


def show(done: "Rolled", arguments: argparse.Namespace) -> int:
    """Print where the campaign stands, and return the exit status."""
    from prooflane.report import rolled  # noqa: PLC0415 - it needs the extra

    if arguments.json:
        print(rolled.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(rolled.screen(done, paint(sys.stdout)))  # noqa: T201
    return done.status


def who() -> str:
    """Return who sits here, as git knows them.

    Raises:
        ProoflaneError: when git does not.
    """
    from prooflane.git.identity import identity  # noqa: PLC0415 - starts git

    return identity().address
