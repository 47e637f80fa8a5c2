"""Parses the arguments of one verb and runs it.

A verb's module has `configure(parser)` and `run(arguments) -> status`; its docstring is its help.
"""

import argparse
import importlib
import signal
from collections.abc import Sequence
from typing import NoReturn

from prooflane.cli.table import VERBS
from prooflane.errors import ProoflaneError


class Parser(argparse.ArgumentParser):
    """Raises instead of printing its usage: an error is one sentence with a hint."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line.

        Raises:
            ProoflaneError: always.
        """
        raise ProoflaneError(message, f"{self.prog} --help")


def parser(name: str) -> Parser:
    """Return the parser of the verb called `name`."""
    module = importlib.import_module(VERBS[name][0])
    made = Parser(
        prog=f"prooflane {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.configure(made)
    return made


def run(name: str, rest: Sequence[str]) -> int:
    """Run the verb called `name` and return its exit status.

    Raises:
        ProoflaneError: when its arguments are wrong, or it cannot do what it was asked.
    """
    arguments = parser(name).parse_args(rest)
    # a supervisor's SIGTERM cleans up as Ctrl-C does
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    status: int = importlib.import_module(VERBS[name][0]).run(arguments)
    return status
