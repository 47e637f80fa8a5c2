"""Write what the ledger knows of the fleet as one page that needs nothing else.

Adoption by control and tier over time, holds, conflicts, waivers about to end, red CI, owners. Exit
status: 0 written, 2 usage.
"""

import argparse
from pathlib import Path

from prooflane.cli.fleet import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fleet report`."""
    options.ledger(parser)
    add = parser.add_argument
    add("--html", metavar="FILE", type=Path, default=Path("fleet.html"), help="the page")
    add("--json", action="store_true", help="print the same as JSON, and write no page")


def run(arguments: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        ProoflaneError: when the ledger cannot be used, or the page cannot be written.
    """
    from prooflane.fleet.ledger.database import opened  # noqa: PLC0415 - help needs none of it
    from prooflane.fleet.overview import overview  # noqa: PLC0415
    from prooflane.report import fleet_report, fleet_status  # noqa: PLC0415

    with opened(arguments.ledger) as ledger:
        known = overview(ledger)
    if arguments.json:
        print(fleet_status.data(known))  # noqa: T201 - this is the command line
        return 0
    options.write(arguments.html, fleet_report.page(known))
    print(arguments.html)  # noqa: T201
    return 0
