"""Cut a release: write its record and the channel file, and sign its tag. Nothing is pushed.

Checks the candidate first, and refuses when a check is red or VERSION understates the effect. A
version that is released already only moves to --channel. Exit status: 0 cut, 1 refused, 2 usage.
"""

import argparse
import sys

from prooflane.cli.follow import follow
from prooflane.cli.release import options
from prooflane.errors import ProoflaneError

CHANNELS = ("canary", "stable")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `release cut`."""
    add = parser.add_argument
    add("version", metavar="VERSION", help="what to call it: v1.2.3")
    add("--channel", choices=CHANNELS, default="canary", help="who gets it (default: canary)")
    add("--key", metavar="FILE", help="the ssh key that signs (default: git's user.signingkey)")
    add("--plan", action="store_true", help="write nothing: check, and show what would be written")
    options.template(parser)
    options.looking(parser)
    options.output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Cut the release, show it, and return the exit status.

    Raises:
        ProoflaneError: when it cannot be cut, or is refused.
    """
    from prooflane.release.cut import Order, cut  # noqa: PLC0415 - help needs none of it
    from prooflane.report import release_cut as report  # noqa: PLC0415
    from prooflane.report.paint import paint  # noqa: PLC0415

    order = Order(
        asked=options.asked(arguments),
        version=arguments.version,
        channel=arguments.channel,
        key=arguments.key,
        is_plan=arguments.plan,
    )
    done = follow(cut(order), options.show(arguments))
    if arguments.json:
        print(report.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(report.screen(done, paint(sys.stdout)))  # noqa: T201
    if done.refused:
        raise ProoflaneError(done.refused, done.hint, done.status)
    return done.status
