"""Shows drafts in the terminal, opens the editor, and asks a reviewer draft by draft.

Control characters of a model's text are shown as `�`: a draft must not move the cursor. What a
decision does is in `desk`.
"""

import difflib
import os
import shlex
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

from controls.errors import ControlsError
from controls.review import desk, store
from controls.review.draft import FINAL, Draft, actor

MENU = "[e]dit  [s]end  [r]eject  [n]ext  [q]uit > "
KEYS = {"s": "send", "r": "reject"}
HIDDEN = {"Cc", "Cf", "Cs"}


def shown(draft: Draft) -> str:
    """Return the draft as a reviewer reads it; an edited one as a difference."""
    rows = [
        ("draft", f"{draft.id}  {draft.state}  version {draft.version}"),
        ("run", draft.run_id),
        ("question", draft.question),
        ("sources", ", ".join(draft.citations) or "none cited"),
        ("disclosure", draft.disclosure),
        ("edit ratio", f"{draft.edit_ratio:.2f}"),
        ("actor", draft.actor or "nobody yet"),
    ]
    head = "\n".join(f"{name:<11} {value}" for name, value in rows)
    return plain(f"{head}\n\n{_changes(draft) or draft.text}")


def plain(text: str) -> str:
    """Return `text` without what a terminal would obey instead of show."""
    return "".join(
        "�" if unicodedata.category(letter) in HIDDEN and letter not in "\n\t" else letter
        for letter in text
    )


def in_editor(text: str) -> str:
    """Return what `$VISUAL` or `$EDITOR` made of `text`.

    Raises:
        ControlsError: when the editor cannot be started, fails, or leaves no text behind.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.txt"
        path.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise ControlsError(f"editor {editor!r} failed: {error}", "use --text") from error


def walk(root: Path, by: str | None) -> str:
    """Ask about each waiting draft, oldest first, and return what came of it in one line.

    Raises:
        ControlsError: when there is no person, or the queue cannot be read.
    """
    person = actor(by)
    waiting = [draft for draft in store.every(root) if draft.state not in FINAL]
    decided = 0
    for number, draft in enumerate(waiting, 1):
        sys.stdout.write(f"── {number} of {len(waiting)} ──\n")
        ended = _ask(root, draft, person)
        if ended is None:
            break
        decided += ended
    left = sum(draft.state not in FINAL for draft in store.every(root))
    return f"{decided} decided, {left} waiting"


def _ask(root: Path, draft: Draft, by: str) -> bool | None:
    """Return whether `draft` was decided, None where the reviewer wants no more."""
    while True:
        key = _key(draft)
        try:
            if key in KEYS:
                after = desk.settle(root, draft, KEYS[key], draft.text, by)
                sys.stdout.write(f"{after.id} {after.state} by {after.actor}\n\n")
                return True
            if key == "e":
                draft = desk.settle(root, draft, "save", in_editor(draft.text), by)
        except desk.Overtaken as error:
            sys.stdout.write(f"somebody else decided: {error.message}\n\n")
            return False
        except ControlsError as error:
            sys.stdout.write(f"error: {error.message}\nhint: {error.hint}\n\n")
        if key in {"n", "q"}:
            return None if key == "q" else False


def _key(draft: Draft) -> str:
    sys.stdout.write(f"{shown(draft)}\n\n{MENU}")
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not sys.stdin.isatty() or not line:
        sys.stdout.write("\n")  # nobody pressed return here
    return line.strip().lower()[:1] if line else "q"


def _changes(draft: Draft) -> str:
    if draft.text == draft.drafted:
        return ""
    before, after = draft.drafted.splitlines(), draft.text.splitlines()
    return "\n".join(difflib.unified_diff(before, after, "drafted", "edited", lineterm="", n=9))
