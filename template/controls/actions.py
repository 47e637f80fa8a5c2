"""Gives a verb actions, as in `decisions new`, that take the options of every verb themselves.

argparse would accept `decisions --json list` alone; people write `decisions list --json`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[..., argparse.ArgumentParser]


def of(parser: argparse.ArgumentParser, *names: str, required: bool = True) -> Add:
    """Return a function `add(name, help)` that makes an action's parser; the choice is `action`."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="print data instead of text")
    common.add_argument("--root", type=Path, metavar="DIR", help="the repository")
    chosen = parser.add_subparsers(dest="action", required=required, metavar="|".join(names))

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return chosen.add_parser(name, help=text, description=text, parents=[common])

    return add
