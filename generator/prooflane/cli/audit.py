"""Ask a question of the traces of every repository that the fleet's ledger knows.

who-touched: which models touched data of a class, under which prompt and policy, and who had
approved that when the calls were made, with file and commit. Stores that cannot be asked are
listed. Exit status: 0 every call had an approval in force, or there was no call; 1 some had not, or
a store was not asked; 2 usage.
"""

import argparse
import sys
from pathlib import Path

from prooflane.cli.fleet import options
from prooflane.cli.follow import follow
from prooflane.cli.program import program
from prooflane.errors import ProoflaneError

CLASSES = ("public", "internal", "confidential", "personal", "special-category", "secret")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the questions of `audit`."""
    add = parser.add_argument
    add("question", choices=("who-touched",), help="which models touched which data")
    add("--data", choices=CLASSES, required=True, help="this class, and those above it")
    add("--since", default="7d", metavar="WHEN", help="7d, 12h, 4w or a date (default: 7d)")
    add("--until", default="", metavar="WHEN", help="a date or a time (default: now)")
    add("--model", default="", metavar="REF", help="one model only, such as openai:gpt-5-mini")
    add("--stores", metavar="DIR", type=Path, help="where checkouts with traces are mounted")
    add("--template", metavar="SRC", help="whose controls read the traces (default: ours)")
    add("--python", metavar="PROGRAM", default=sys.executable, help="what runs them (default: own)")
    options.ledger(parser)
    options.output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask, show the answers, and return the exit status.

    Raises:
        ProoflaneError: when the ledger holds nothing, or a library is missing.
    """
    try:
        return _run(arguments)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("prooflane"):
            raise
        raise ProoflaneError(
            f"prooflane audit needs {error.name!r}", "pip install 'prooflane[fleet]'"
        ) from error


def _run(arguments: argparse.Namespace) -> int:
    from prooflane.audit.question import Question  # noqa: PLC0415 - help needs none of it
    from prooflane.audit.who_touched import who_touched  # noqa: PLC0415
    from prooflane.fleet.ledger.database import opened  # noqa: PLC0415
    from prooflane.report import touched  # noqa: PLC0415
    from prooflane.report.paint import paint  # noqa: PLC0415

    asked = Question(arguments.data, arguments.since, arguments.until, arguments.model)
    mounted = arguments.stores.absolute() if arguments.stores else None
    with opened(arguments.ledger) as ledger:
        work = who_touched(ledger, asked, mounted, arguments.template, program(arguments.python))
        done = follow(work, options.show(arguments))
    if arguments.json:
        print(touched.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(touched.screen(done, paint(sys.stdout)))  # noqa: T201
    return done.status
