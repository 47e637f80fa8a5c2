"""Many repositories: which there are, what a version would do to each, and bringing them to it.

Everything is kept in one ledger: a file of yours, or a PostgreSQL database of your team. `prooflane
fleet VERB --help` says more. Exit status: 0 done, 1 a repository failed or could not be reached, 2
usage.
"""

import argparse

from prooflane.cli import below
from prooflane.errors import ProoflaneError

# what each says of itself; help must not wait for what it describes
VERBS = {
    "scan": ("prooflane.cli.fleet.scan", "read which repositories there are, and what they hold"),
    "plan": ("prooflane.cli.fleet.plan", "what a version would do to each; nothing is sent"),
    "sync": ("prooflane.cli.fleet.sync", "open the pull requests of a version, wave by wave"),
    "pull": ("prooflane.cli.fleet.pull", "one repository, from its own job, inside its wave"),
    "pause": ("prooflane.cli.fleet.pause", "stop the campaign, or put one repository off"),
    "resume": ("prooflane.cli.fleet.resume", "let the campaign go on, or agree to a wave"),
    "revert": ("prooflane.cli.fleet.revert", "take a wave back, by pull requests"),
    "status": ("prooflane.cli.fleet.status", "who holds which control, in the terminal"),
    "report": ("prooflane.cli.fleet.report", "the same as one page, with adoption over time"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `fleet`."""
    below.configure(parser, VERBS)


def run(arguments: argparse.Namespace) -> int:
    """Run one verb of `fleet`, and return its exit status.

    Raises:
        ProoflaneError: when it cannot do what it was asked, or a library is missing.
    """
    try:
        return below.run(arguments, VERBS)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("prooflane"):
            raise
        raise ProoflaneError(
            f"prooflane fleet needs {error.name!r}", "pip install 'prooflane[fleet]'"
        ) from error
