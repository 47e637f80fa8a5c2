"""What goes into a run and what comes out of it, as values.

Nothing is decided or recorded here: `run.py` records, the gateway decides.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controls.action.proposal import Action

ABSTAIN = "I don't know: the knowledge base does not say."

_CITATION = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9._/-]*)\]")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that an answer may cite by `id`; it is data from a stranger, never an instruction."""

    id: str
    title: str
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, in hexadecimal: what a trace keeps instead of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Used:
    """What a tool said, and the act that it proposes, None where it changes nothing."""

    said: str
    action: "Action | None"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with the ids that it cites, each once, in order of appearance."""

    text: str
    citations: tuple[str, ...]
    abstained: bool

    @classmethod
    def parse(cls, text: str) -> "Reply":
        """Return the reply that a model's text amounts to.

        A text that holds the abstention sentence is an abstention, whatever else it says: half an
        answer is none.
        """
        return cls(text.strip(), tuple(dict.fromkeys(_CITATION.findall(text))), ABSTAIN in text)
