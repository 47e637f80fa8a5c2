"""Publish versions of a template, yours or ours, and know before the tag what each will do.

Run it in the template's repository. `prooflane release VERB --help` says more. Exit status: 0 done,
1 the candidate is broken or its version understates it, 2 usage.
"""

import argparse

from prooflane.cli import below

# what each says of itself; help must not wait for what it describes
VERBS = {
    "check": ("prooflane.cli.release.check", "prove a candidate, and compute its version"),
    "notes": ("prooflane.cli.release.notes", "tell owners, platform team and auditors"),
    "cut": ("prooflane.cli.release.cut", "write the record, sign the tag, move the channel"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of `release`."""
    below.configure(parser, VERBS)


def run(arguments: argparse.Namespace) -> int:
    """Run one verb of `release`, and return its exit status.

    Raises:
        ProoflaneError: when it cannot do what it was asked.
    """
    return below.run(arguments, VERBS)
