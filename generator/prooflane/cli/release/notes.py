"""Tell a release to three readers: owners, the platform team, auditors. Markdown.

With a VERSION it reads that release's record. Without one it predicts what HEAD would be released
as, from golden repositories and, with --fleet, from yours. Exit status: 0 told, 2 usage.
"""

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING

from prooflane.cli.follow import follow
from prooflane.cli.release import options

if TYPE_CHECKING:
    from prooflane.release.record import Record

VIEWS = ("owner", "platform", "auditor")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `release notes`."""
    add = parser.add_argument
    add("version", metavar="VERSION", nargs="?", help="a release (default: what HEAD would be)")
    add("--view", choices=VIEWS, action="append", help="one reader only (default: all)")
    options.template(parser)
    options.looking(parser)
    options.output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the notes.

    Raises:
        ProoflaneError: when there is no such release, or no candidate.
    """
    from prooflane.release import notes  # noqa: PLC0415 - help needs none of it

    found = _record(arguments)
    if arguments.json:
        print(json.dumps(dataclasses.asdict(found), indent=2, ensure_ascii=False))  # noqa: T201
    else:
        print(notes.text(found, arguments.view or VIEWS), end="")  # noqa: T201
    return 0


def _record(arguments: argparse.Namespace) -> "Record":
    from prooflane.release import record  # noqa: PLC0415 - help needs none of it
    from prooflane.release.check import check  # noqa: PLC0415
    from prooflane.release.told import told  # noqa: PLC0415

    if arguments.version:
        return told(options.named(arguments.template), arguments.version)
    asked = options.asked(arguments, runs=False)
    done = follow(check(asked), options.show(arguments))
    return record.draft(done, done.version)
