"""Stop the newest campaign before its next repository, or put one repository off.

--repository with --until records what its owner asked for: "not until that day". It ends by itself.
"""

import argparse
from datetime import date

from prooflane.cli.fleet import campaign
from prooflane.errors import ProoflaneError


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet pause`."""
    add = parser.add_argument
    add("reason", metavar="REASON", help="why: whoever resumes it reads this")
    add("--repository", metavar="REPO", help="put only this one off")
    add("--until", metavar="DATE", help="YYYY-MM-DD: the first day it may be synced is the next")
    campaign.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Pause, and show where the campaign stands.

    Raises:
        ProoflaneError: when there is nothing to pause.
    """
    if bool(arguments.repository) != bool(arguments.until):
        raise ProoflaneError(
            "--repository and --until belong together", "--repository acme/help --until 2027-01-31"
        )
    with campaign.ledger(arguments) as ledger:
        from prooflane.campaign import steer  # noqa: PLC0415 - an extra

        if not arguments.repository:
            campaign.show(steer.pause(ledger, arguments.reason, campaign.who()), arguments)
            return 0
        key, until = arguments.repository, _day(arguments.until)
        done = steer.put_off(ledger, key, until, arguments.reason, campaign.who())
        campaign.show(done, arguments)
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ProoflaneError(f"{text!r} is no day", "--until 2027-01-31") from error
