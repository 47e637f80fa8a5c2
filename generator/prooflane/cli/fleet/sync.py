"""Bring the fleet to a version: one pull request a repository, wave by wave.

It goes as far as it may now, says why it stops, and the same command goes on from there: after a
soak, a freeze, a pause, or a kill. Tokens come from GITHUB_TOKEN and GITLAB_TOKEN. --settings names
a rollout file: waves, thresholds, freezes, pace.
"""

import argparse
from pathlib import Path

from prooflane.cli.fleet import campaign, options


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet sync`."""
    add = parser.add_argument
    add("--to", metavar="VERSION", help="a tag of the template (default: go on, or the newest)")
    add("--settings", metavar="FILE", type=Path, help="waves, thresholds, freezes, pace: YAML")
    add("--template", metavar="SRC", help="a git folder, bundle or URL, trusted for this call")
    campaign.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Take the campaign as far as it may go, and return 1 when a repository failed.

    Raises:
        ProoflaneError: when it cannot begin.
    """
    with campaign.ledger(arguments) as ledger:
        from prooflane.campaign import rollout_file  # noqa: PLC0415 - slow, and an extra
        from prooflane.campaign.begin import Wanted  # noqa: PLC0415
        from prooflane.campaign.rollout import roll  # noqa: PLC0415

        told = rollout_file.read(arguments.settings) if arguments.settings else None
        wanted = Wanted(arguments.to, options.named(arguments.template), told)
        return campaign.show(roll(ledger, wanted, options.show(arguments)), arguments)
