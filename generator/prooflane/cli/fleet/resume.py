"""Let a paused campaign go on, or agree that a wave may begin.

What was seen of the waves that have begun is accepted by it; prooflane fleet sync then goes on.
"""

import argparse

from prooflane.cli.fleet import campaign


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet resume`."""
    parser.add_argument("--approve", metavar="WAVE", default="", help="the wave that may begin")
    campaign.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Resume, and show where the campaign stands.

    Raises:
        ProoflaneError: when there is nothing to resume.
    """
    with campaign.ledger(arguments) as ledger:
        from prooflane.campaign import steer  # noqa: PLC0415 - an extra

        campaign.show(steer.resume(ledger, arguments.approve, campaign.who()), arguments)
    return 0
