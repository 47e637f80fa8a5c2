"""Read, edit, approve, send or reject drafts (the verb `review`).

One step at a time here; draft by draft in `terminal`, in a browser in `serve`. What is allowed is
decided in `queue`.
"""

import argparse
import sys
from pathlib import Path

from controls.errors import ControlsError
from controls.report import Report
from controls.review import queue, store, terminal
from controls.review.draft import FINAL, Draft

WHOLE_QUEUE = ("next", "serve")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `review`."""
    parser.add_argument(
        "action",
        choices=("list", "next", "serve", "show", "edit", "approve", "send", "reject"),
        nargs="?",
        default="list",
        help="list what waits (default); next: decide one by one; serve: in a browser; or one step",
    )
    parser.add_argument("draft", nargs="?", help="the draft's id, or its first letters")
    parser.add_argument("--actor", metavar="@YOU", help="the person who decides")
    parser.add_argument("--text", help="the edited text (default: opens $EDITOR, or reads a pipe)")
    parser.add_argument("--version", type=int, help="decide only on this version of the draft")
    parser.add_argument("--port", type=int, default=0, help="serve: 0 takes a free one (default)")
    parser.add_argument("--all", action="store_true", help="list sent and rejected drafts too")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action.

    Raises:
        ControlsError: when the draft is unknown or the action is not allowed.
    """
    if args.action == "list":
        return _list(root, everything=args.all)
    if args.action in WHOLE_QUEUE:
        return _worked(root, args)
    if not args.draft:
        raise ControlsError(
            f"which draft? {args.action!r} needs its id", "python -m controls review"
        )
    draft = store.get(root, args.draft)
    _expect(draft, args.version)
    if args.action == "show":
        return Report(_row(draft), terminal.shown(draft))
    if args.action == "edit":
        after = queue.edit(root, draft, _edited(draft, args.text), args.actor)
    else:
        after = queue.decide(root, draft, args.action, args.actor)
    return Report(
        _row(after), f"{after.id} {after.state} by {after.actor}, edit ratio {after.edit_ratio:.2f}"
    )


def _worked(root: Path, args: argparse.Namespace) -> Report:
    if args.action == "next":
        told = terminal.walk(root, args.actor)
    else:
        from controls.review.serve import serve  # noqa: PLC0415  a list needs no web server

        serve(root, args.port, args.actor or "")
        told = "the review queue is closed"
    return Report({"told": told}, told)


def _expect(draft: Draft, version: int | None) -> None:
    if version is not None and version != draft.version:
        raise ControlsError(
            f"draft {draft.id!r} is at version {draft.version}, you read version {version}",
            hint=f"python -m controls review show {draft.id}",
        )


def _list(root: Path, *, everything: bool) -> Report:
    drafts = [draft for draft in store.every(root) if everything or draft.state not in FINAL]
    lines = [
        f"{d.id}  {d.state:<8}  {d.edit_ratio:4.2f}  {_short(terminal.plain(d.question))}"
        for d in drafts
    ]
    if not drafts:
        lines = ['nothing waits for review: make ask Q="…" makes a draft']
    return Report([_row(draft) for draft in drafts], "\n".join(lines))


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= 70 else f"{joined[:69]}…"


def _edited(draft: Draft, text: str | None) -> str:
    if text is not None:
        return text
    if not sys.stdin.isatty():
        return sys.stdin.read()
    return terminal.in_editor(draft.text)


def _row(draft: Draft) -> dict[str, object]:
    return {
        "id": draft.id,
        "state": str(draft.state),
        "version": draft.version,
        "run_id": draft.run_id,
        "question": draft.question,
        "drafted": draft.drafted,
        "text": draft.text,
        "citations": list(draft.citations),
        "edit_ratio": draft.edit_ratio,
        "actor": draft.actor,
        "created": draft.created,
        "changed": draft.changed,
        "disclosure": draft.disclosure,
    }
