"""Read, edit, approve, send or reject drafts (the verb `review`).

Shows and asks; what is allowed is decided in `queue`.
"""

import argparse
import difflib
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from controls.errors import ControlsError
from controls.report import Report
from controls.review import queue, store
from controls.review.draft import FINAL, Draft


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `review`."""
    parser.add_argument(
        "action",
        choices=("list", "show", "edit", "approve", "send", "reject"),
        nargs="?",
        default="list",
        help="what to do (default: list what waits for a person)",
    )
    parser.add_argument("draft", nargs="?", help="the draft's id, or its first letters")
    parser.add_argument("--actor", metavar="@YOU", help="the person who decides")
    parser.add_argument("--text", help="the edited text (default: opens $EDITOR, or reads a pipe)")
    parser.add_argument("--version", type=int, help="decide only on this version of the draft")
    parser.add_argument("--all", action="store_true", help="list sent and rejected drafts too")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Carry out one action.

    Raises:
        ControlsError: when the draft is unknown or the action is not allowed.
    """
    if args.action == "list":
        return _list(root, everything=args.all)
    if not args.draft:
        raise ControlsError(
            f"which draft? {args.action!r} needs its id", "python -m controls review"
        )
    draft = store.get(root, args.draft)
    _expect(draft, args.version)
    if args.action == "show":
        return Report(_row(draft), _text(draft))
    if args.action == "edit":
        after = queue.edit(root, draft, _edited(draft, args.text), args.actor)
    else:
        after = queue.decide(root, draft, args.action, args.actor)
    return Report(
        _row(after), f"{after.id} {after.state} by {after.actor}, edit ratio {after.edit_ratio:.2f}"
    )


def _expect(draft: Draft, version: int | None) -> None:
    if version is not None and version != draft.version:
        raise ControlsError(
            f"draft {draft.id!r} is at version {draft.version}, you read version {version}",
            hint=f"python -m controls review show {draft.id}",
        )


def _list(root: Path, *, everything: bool) -> Report:
    drafts = [draft for draft in store.every(root) if everything or draft.state not in FINAL]
    lines = [f"{d.id}  {d.state:<8}  {d.edit_ratio:4.2f}  {_short(d.question)}" for d in drafts]
    if not drafts:
        lines = ['nothing waits for review: make ask Q="…" makes a draft']
    return Report([_row(draft) for draft in drafts], "\n".join(lines))


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= 70 else f"{joined[:69]}…"


def _text(draft: Draft) -> str:
    rows = [
        ("draft", f"{draft.id}  {draft.state}  version {draft.version}"),
        ("run", draft.run_id),
        ("question", draft.question),
        ("disclosure", draft.disclosure),
        ("edit ratio", f"{draft.edit_ratio:.2f}"),
        ("actor", draft.actor or "nobody yet"),
    ]
    head = "\n".join(f"{name:<11} {value}" for name, value in rows)
    return f"{head}\n\n{_changes(draft) or draft.text}"


def _changes(draft: Draft) -> str:
    if draft.text == draft.drafted:
        return ""
    before, after = draft.drafted.splitlines(), draft.text.splitlines()
    return "\n".join(difflib.unified_diff(before, after, "drafted", "edited", lineterm="", n=9))


def _edited(draft: Draft, text: str | None) -> str:
    if text is not None:
        return text
    if not sys.stdin.isatty():
        return sys.stdin.read()
    return _in_editor(draft.text)


def _in_editor(text: str) -> str:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.txt"
        path.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ControlsError(f"editor {editor!r} failed: {error}", "use --text") from error
        return path.read_text(encoding="utf-8")


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
