"""Show who holds which control, from the ledger alone: nothing is read from any repository.

Exit status: 0, also when something needs a person; 2 usage.
"""

import argparse
import sys

from prooflane.cli.fleet import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet status`."""
    options.ledger(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Show what the ledger knows.

    Raises:
        ProoflaneError: when it cannot be used.
    """
    from prooflane.fleet.ledger.database import opened  # noqa: PLC0415 - help needs none of it
    from prooflane.fleet.overview import overview  # noqa: PLC0415
    from prooflane.report import fleet_status  # noqa: PLC0415
    from prooflane.report.paint import paint  # noqa: PLC0415

    with opened(arguments.ledger) as ledger:
        known = overview(ledger)
    said = fleet_status.data(known) if arguments.json else None
    print(said or fleet_status.screen(known, paint(sys.stdout)))  # noqa: T201
    return 0
