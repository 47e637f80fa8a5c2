"""A draft, its states, and how much a person changed it. Values and pure functions."""

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

from controls.errors import ControlsError


class State(StrEnum):
    """Where a draft is; sent and rejected are final."""

    draft = "draft"
    edited = "edited"
    approved = "approved"
    sent = "sent"
    rejected = "rejected"


FINAL = (State.sent, State.rejected)
REVIEWED = (State.edited, State.approved)
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply that waits for a person; `drafted` is the model's text, `text` what would be sent.

    `version` rises with each change, so that two people cannot decide on different texts.
    """

    id: str
    run_id: str
    question: str
    drafted: str
    text: str
    citations: tuple[str, ...]
    state: State
    version: int
    actor: str
    created: str
    changed: str
    disclosure: str

    @property
    def edit_ratio(self) -> float:
        """Return how much of the model's text a person changed, from 0 to 1."""
        return edit_ratio(self.drafted, self.text)


def edit_ratio(before: str, after: str) -> float:
    """Return one minus the Ratcliff/Obershelp similarity of the texts' words (Python's difflib).

    Words rather than characters, so that a changed number weighs as much as a changed word.
    """
    words = _WORD.findall(before), _WORD.findall(after)
    return round(1 - difflib.SequenceMatcher(None, *words, autojunk=False).ratio(), 4)


def actor(name: str | None) -> str:
    """Return the person's name.

    Raises:
        ControlsError: when there is none: a decision without a person is no review.
    """
    if not name or not name.strip():
        raise ControlsError("a review needs a person", hint="add --actor @you")
    return name.strip()
