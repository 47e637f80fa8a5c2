"""Options that the verbs of `fleet` share."""

import argparse
import sys
from pathlib import Path

from prooflane.cli.follow import Show, nothing
from prooflane.errors import ProoflaneError
from prooflane.report.progress import Progress


def ledger(parser: argparse.ArgumentParser) -> None:
    """Add where the ledger is."""
    help_ = "a file, or postgresql://USER@HOST/DATABASE (default: in your data folder)"
    parser.add_argument("--ledger", metavar="FILE|URL", help=help_)


def output(parser: argparse.ArgumentParser) -> None:
    """Add how the result is printed."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def executor(parser: argparse.ArgumentParser, default: str) -> None:
    """Add who does the work."""
    help_ = f"threads[:N], processes[:N] or dask:HOST:PORT (default: {default})"
    parser.add_argument("--executor", metavar="KIND", default=default, help=help_)


def show(arguments: argparse.Namespace) -> Show:
    """Return what shows how far the work is."""
    return nothing if arguments.quiet else Progress(sys.stderr).show


def write(path: Path, text: str) -> None:
    """Write a page.

    Raises:
        ProoflaneError: when it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"the page {str(path)!r} cannot be written: {reason}", "name a file in a folder"
        ) from error


def named(template: str | None) -> str | None:
    """Return the template that was named, so that it can be found from any folder."""
    from prooflane.source import address  # noqa: PLC0415 - help needs none of it

    if template is None or address.is_url(template):
        return template
    return str(Path(template).expanduser().absolute())
