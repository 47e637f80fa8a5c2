"""Create a governed AI-workflow repository in DEST, commit it, set it up and let it check itself.

On a terminal it asks a few questions; --defaults asks none and leaves names and dates pending.
"""

import argparse
import sys
from pathlib import Path

from prooflane import answers
from prooflane.cli.follow import follow, nothing
from prooflane.errors import ProoflaneError
from prooflane.gate.verify import Verdict
from prooflane.new.create import Asking, Request, new
from prooflane.report import created
from prooflane.report.paint import paint
from prooflane.report.progress import Progress


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `new`."""
    add = parser.add_argument
    add("dest", metavar="DEST", type=Path, help="the folder to make; absent or empty")
    tiers = "0 internal, 1 customer assist, 2 customer-facing, 3 regulated, 4 autonomous"
    add("--tier", metavar="N", help=f"risk tier: {tiers}")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="answer one question")
    add("--answers", metavar="FILE", type=Path, help="answer questions from a YAML file")
    add("--defaults", action="store_true", help="ask nothing: take the default of each question")
    add("--template", metavar="SRC", help="a git folder, bundle or URL (default: prooflane's own)")
    add("--to", metavar="VERSION", help="a tag or commit of the template (default: the newest)")
    add("--no-verify", action="store_true", help="create and commit only: no set-up, no checks")
    add("--plan", action="store_true", help="write nothing: say what would be created")
    add("--json", action="store_true", help="print the result as JSON")
    add("--quiet", action="store_true", help="print nothing but errors")


def run(arguments: argparse.Namespace) -> int:
    """Create the repository, show how it goes, and return 1 when its own checks failed.

    Raises:
        ProoflaneError: when nothing could be created.
    """
    request = _request(arguments)
    show = nothing if arguments.quiet else Progress(sys.stderr).show
    made = follow(new(request, _asking(arguments)), show)
    if arguments.json:
        print(created.data(made))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(created.screen(made, paint(sys.stdout)))  # noqa: T201
    failed = made.verification is not None and made.verification.verdict is Verdict.failed
    return int(failed)


def _request(arguments: argparse.Namespace) -> Request:
    return Request(
        destination=arguments.dest,
        given=_given(arguments),
        template=arguments.template,
        to=arguments.to,
        is_plan=arguments.plan,
        verifies=not arguments.no_verify,
    )


def _given(arguments: argparse.Namespace) -> dict[str, object]:
    filed = answers.load(arguments.answers) if arguments.answers else {}
    given = {**filed, **answers.pairs(arguments.set)}
    if arguments.tier is None:
        return given
    if str(given.get("tier", arguments.tier)) != arguments.tier:
        raise ProoflaneError(
            f"--tier {arguments.tier} contradicts the answer tier={given['tier']}",
            "give one of them",
        )
    return {**given, "tier": arguments.tier}


def _asking(arguments: argparse.Namespace) -> Asking | None:
    if arguments.defaults:
        return None
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ProoflaneError(
            "there is no terminal to ask questions on",
            "--defaults takes the defaults, --set KEY=VALUE answers one",
        )
    from prooflane.cli.asking import asking  # noqa: PLC0415 - questionary is slow, rarely needed

    return asking
