"""Bring many repositories to a version, in waves, and know where each stands.

`prooflane fleet VERB --help` says more. What is known is kept in a ledger: --ledger names a file,
or postgresql://USER@HOST/DATABASE. Exit status: 0 done, 1 a repository failed or the campaign is
paused, 2 usage.
"""

import argparse
import importlib

VERBS = {
    "sync": ("prooflane.cli.fleet.sync", "open the pull requests of a version, wave by wave"),
    "pause": ("prooflane.cli.fleet.pause", "stop the campaign, or put one repository off"),
    "resume": ("prooflane.cli.fleet.resume", "let the campaign go on, or agree to a wave"),
    "revert": ("prooflane.cli.fleet.revert", "take a wave back, by pull requests"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `fleet`."""
    verbs = parser.add_subparsers(dest="action", metavar="VERB", required=True)
    for name, (address, says) in VERBS.items():
        module = importlib.import_module(address)
        made = verbs.add_parser(
            name,
            help=says,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.configure(made)


def run(arguments: argparse.Namespace) -> int:
    """Run the verb of `fleet` that was named, and return its exit status.

    Raises:
        ProoflaneError: when it cannot do what it was asked.
    """
    status: int = importlib.import_module(VERBS[arguments.action][0]).run(arguments)
    return status
