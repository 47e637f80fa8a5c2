"""Take a wave back: open pull requests are closed, merged ones get one that undoes them.

The campaign is paused with the reason. Files that were changed since the sync stay as they are, and
the pull request names them.
"""

import argparse

from prooflane.cli.fleet import campaign, options


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet revert`."""
    add = parser.add_argument
    add("wave", metavar="WAVE", help="the name of the wave")
    add("reason", metavar="REASON", help="why: each owner reads this")
    add("--to", metavar="VERSION", help="the version of the campaign (default: the newest one)")
    campaign.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Take the wave back, and return 1 when a repository failed.

    Raises:
        ProoflaneError: when there is no such wave.
    """
    with campaign.ledger(arguments) as ledger:
        from prooflane.campaign.revert import revert  # noqa: PLC0415 - an extra

        says = options.show(arguments)
        wave, reason = arguments.wave, arguments.reason
        done = revert(ledger, arguments.to, wave, reason, says)
        campaign.show(done, arguments)
        # that the campaign is paused now is what was asked for
        return int(bool(done.failed))
