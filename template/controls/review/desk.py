"""What a reviewer asks for in one step, carried out as the steps that the queue knows.

The page and the terminal share it. Whether a step is allowed is decided in `queue`; each step is
taken on the version that the reviewer read, so of two reviewers one is told to read again.
"""

from pathlib import Path

from controls.errors import ControlsError
from controls.review import queue, store
from controls.review.draft import FINAL, REVIEWED, Draft

WISHES = ("send", "save", "reject")


class Overtaken(ControlsError):
    """The draft is no longer the one that was read; nothing was done to it."""


def read(root: Path, name: str, version: int) -> Draft:
    """Return the draft called `name` as it was read at `version`.

    Raises:
        Overtaken: when it has changed since, or was decided.
        ControlsError: when there is no such draft.
    """
    draft = store.get(root, name)
    if draft.version != version or draft.state in FINAL:
        raise Overtaken(
            f"draft {draft.id!r} was {draft.state} by {draft.actor or 'somebody'} meanwhile",
            hint=f"read it again: python -m controls review show {draft.id}",
        )
    return draft


def settle(root: Path, draft: Draft, wish: str, text: str, by: str | None) -> Draft:
    """Carry out `wish` on `draft`; `text` is what the reviewer left in the editor.

    To send is to have read: an unchanged draft is approved first. A rejected draft keeps its text.

    Raises:
        Overtaken: when somebody else was quicker; what they decided stands.
        ControlsError: when there is no person, the text is empty or the wish is unknown.
    """
    if wish not in WISHES:
        raise ControlsError(f"unknown decision {wish!r}", hint=f"one of: {', '.join(WISHES)}")
    try:
        return _settle(root, draft, wish, lines(text), by)
    except ControlsError as error:
        now = store.get(root, draft.id)
        if now.version != draft.version and now.actor != (by or "").strip():
            raise Overtaken(error.message, error.hint) from error
        raise


def lines(text: str) -> str:
    """Return `text` with the line ends of a file; a form sends those of a letter (CR LF)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _settle(root: Path, draft: Draft, wish: str, text: str, by: str | None) -> Draft:
    if wish == "reject":
        return queue.decide(root, draft, "reject", by)
    if text != lines(draft.text):
        draft = queue.edit(root, draft, text, by)
    elif wish == "save":
        raise ControlsError("nothing was changed", hint="edit the text, or send it as it is")
    if wish == "save":
        return draft
    if draft.state not in REVIEWED:
        draft = queue.decide(root, draft, "approve", by)
    return queue.decide(root, draft, "send", by)
