"""The verbs below a verb, such as `prooflane fleet plan`: one module each."""

import argparse
import importlib
from collections.abc import Mapping

Verbs = Mapping[str, tuple[str, str]]  # name → module, what it says of itself


def configure(parser: argparse.ArgumentParser, verbs: Verbs) -> None:
    """Add `verbs` to the parser of the verb above them."""
    added = parser.add_subparsers(dest="does", metavar="VERB", required=True)
    for name, (module, says) in verbs.items():
        loaded = importlib.import_module(module)
        made = added.add_parser(
            name,
            help=says,
            description=loaded.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        loaded.configure(made)


def run(arguments: argparse.Namespace, verbs: Verbs) -> int:
    """Run the one of `verbs` that was asked for, and return its exit status.

    Raises:
        ProoflaneError: when it cannot do what it was asked.
    """
    status: int = importlib.import_module(verbs[arguments.does][0]).run(arguments)
    return status
