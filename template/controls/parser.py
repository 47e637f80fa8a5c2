"""The parser of every command line here."""

import argparse
from typing import NoReturn

from controls.errors import ControlsError


class Parser(argparse.ArgumentParser):
    """Raises instead of printing its usage: an error is one sentence with a hint."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line.

        Raises:
            ControlsError: always.
        """
        raise ControlsError(message, hint=f"{self.prog} --help")
