"""Prove a release candidate, and compute its version from its effect. Writes nothing.

Renders every profile; lets new repositories set themselves up and run their own checks; updates
golden repositories from every supported version with realistic edits; with --fleet, asks what yours
would come to. Exit status: 0 it may be released, 1 it breaks something, 2 usage.
"""

import argparse
import sys

from prooflane.cli.follow import follow
from prooflane.cli.release import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `release check`."""
    options.template(parser)
    parser.add_argument("--to", metavar="COMMIT", default="HEAD", help="what to release (HEAD)")
    options.looking(parser)
    parser.add_argument("--quick", action="store_true", help="static checks only: no make setup")
    options.output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check the candidate, show what it would do, and return the exit status.

    Raises:
        ProoflaneError: when there is no candidate, or an option is wrong.
    """
    from prooflane.release.check import check  # noqa: PLC0415 - help needs none of it
    from prooflane.report import release as report  # noqa: PLC0415
    from prooflane.report.paint import paint  # noqa: PLC0415

    asked = options.asked(arguments, to=arguments.to, runs=not arguments.quick)
    done = follow(check(asked), options.show(arguments))
    if arguments.json:
        print(report.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(report.screen(done, paint(sys.stdout)))  # noqa: T201
    return done.status
