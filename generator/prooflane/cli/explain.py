"""Say which control and which release put a file here, and who owns it.

Works for every file of a repository, also for one that is missing. Exit status: 0, or 2 when there
is no such file.
"""

import argparse
import sys
from pathlib import Path

from prooflane.check.explain import explain
from prooflane.report import explained as report
from prooflane.report.paint import paint


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `explain`."""
    parser.add_argument("path", metavar="PATH", type=Path, help="a file of the repository")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what is known of the file.

    Raises:
        ProoflaneError: when it is no file of a repository made from a template.
    """
    found = explain(arguments.path)
    said = report.data(found) if arguments.json else report.screen(found, paint(sys.stdout))
    print(said)  # noqa: T201 - this is the command line
    return 0
