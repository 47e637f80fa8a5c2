"""Read which repositories there are, and which version of which control each says it holds.

A SOURCE is github:ORGANISATION, gitlab:GROUP (with its subgroups), a file with one URL or folder a
line, or a folder with repositories in it, bare or not. Repositories of a forge are read from bare
partial clones in your cache folder. Exit status: 0 all were read, 1 some were not, 2 usage.
"""

import argparse

from prooflane.cli.fleet import options
from prooflane.cli.follow import follow


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet scan`."""
    parser.add_argument("source", metavar="SOURCE", nargs="+", help="where repositories are")
    options.ledger(parser)
    options.executor(parser, "threads:8")
    options.output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Scan the sources, show what they hold, and return the exit status.

    Raises:
        ProoflaneError: when a source names nothing, or the ledger cannot be used.
    """
    from prooflane.fleet import executors, scan, sources  # noqa: PLC0415 - help needs none of it
    from prooflane.fleet.ledger.database import opened  # noqa: PLC0415
    from prooflane.report import fleet_scan as report  # noqa: PLC0415

    named = [sources.parse(text) for text in arguments.source]
    how = executors.parse(arguments.executor)
    with opened(arguments.ledger) as ledger:
        done = follow(scan.scan(ledger, named, how), options.show(arguments))
    if arguments.json:
        print(report.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(report.screen(done))  # noqa: T201
    return done.status
