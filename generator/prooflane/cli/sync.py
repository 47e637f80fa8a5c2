"""Bring a repository to its template's newest version, or show exactly what that would change.

Own edits are kept. What both sides changed is left as an ordinary git conflict, and the control it
belongs to stays, visibly, at its version. The result is staged, for you to look at and commit; in a
bare repository it is committed. Exit status: 0 synced or nothing to do, 1 conflicts or held
controls, 2 usage.
"""

import argparse
import sys
from pathlib import Path

from prooflane import answers
from prooflane.cli.follow import follow, nothing
from prooflane.errors import ProoflaneError
from prooflane.merge.model import Note
from prooflane.report import synced
from prooflane.report.paint import paint
from prooflane.report.progress import Progress
from prooflane.sync.result import Consent, Request, Synced
from prooflane.sync.synchronise import sync


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `sync`."""
    add = parser.add_argument
    add("repo", metavar="REPO", type=Path, nargs="?", default=Path(), help="default: here")
    add("--to", metavar="VERSION", help="a tag or commit of the template (default: the newest)")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="change an answer: tier=2")
    add("--plan", action="store_true", help="write nothing: show what would change, and check it")
    add("--verify", action="store_true", help="run all checks first, on a copy; fail: no change")
    add("--yes", action="store_true", help="give up own edits to managed files (kept as a patch)")
    add("--template", metavar="SRC", help="a git folder, bundle or URL, trusted for this call")
    add("--json", action="store_true", help="print the result as JSON")
    add("--quiet", action="store_true", help="print nothing but errors")


def run(arguments: argparse.Namespace) -> int:
    """Sync the repository, show what became of it, and return the exit status.

    Raises:
        ProoflaneError: when it cannot be synced; nothing of it was touched then.
    """
    request = Request(
        repository=arguments.repo,
        given=answers.pairs(arguments.set),
        template=arguments.template,
        to=arguments.to,
        is_plan=arguments.plan,
        verifies=arguments.verify,
    )
    show = nothing if arguments.quiet else Progress(sys.stderr).show
    done = follow(sync(request, _consent(arguments)), show)
    if arguments.json:
        print(synced.data(done))  # noqa: T201 - this is the command line
    elif not arguments.quiet:
        print(synced.screen(done, paint(sys.stdout)))  # noqa: T201
    if not done.consented:
        raise _unconsented(done)
    return done.status


def _unconsented(done: Synced) -> ProoflaneError:
    count = len(done.losses)
    what = "edit of yours" if count == 1 else "edits of yours"
    hint = "--yes gives them up: a patch beside the decision record keeps them"
    return ProoflaneError(f"{count} {what} would be taken out, and nobody consented", hint)


def _consent(arguments: argparse.Namespace) -> Consent:
    if arguments.yes:
        return _agree
    if arguments.plan:
        # a terminal would be asked: until then, a plan takes it that the answer is yes
        return _agree if _is_terminal() else _refuse
    return _ask if _is_terminal() else _refuse


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _agree(_lost: tuple[Note, ...]) -> bool:
    return True


def _refuse(_lost: tuple[Note, ...]) -> bool:
    return False


def _ask(lost: tuple[Note, ...]) -> bool:
    say = sys.stderr.write
    say("Your edits to these files would be taken out, and kept as a patch:\n")
    say("".join(f"  {note.path}  {note.text}\n" for note in lost))
    say("Go on? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
