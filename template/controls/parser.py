"""The parser of every command line here, and the times that people type on it."""

import argparse
from datetime import UTC, date, datetime
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


def day(text: str) -> date:
    """Return the day that `text` names.

    Raises:
        ArgumentTypeError: when it names none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day, expected YYYY-MM-DD") from error


def moment(text: str) -> datetime:
    """Return the moment that `text` names in ISO 8601, in UTC; without an offset it is UTC.

    Raises:
        ArgumentTypeError: when it names none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        said = f"{text!r} is no moment of ISO 8601, such as 2026-11-30T09:15"
        raise argparse.ArgumentTypeError(said) from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
