"""Erases a person from the trail, and from what is kept encrypted, by destroying their key.

No entry changes and the chain still holds: what was sealed with the key is unreadable for good. The
entry that records it is on disk before the key is touched.
"""

from dataclasses import dataclass
from pathlib import Path

from controls.audit import entry, read
from controls.audit.entry import Act
from controls.audit.intent import intent
from controls.errors import ControlsError
from controls.tracing import keyring
from controls.tracing.pseudonym import pseudonym


@dataclass(frozen=True, slots=True)
class Erased:
    """A subject without a key, how many entries that sealed for good, and where it is recorded."""

    subject: str
    entries: int
    seq: int


def erase(root: Path, who: str) -> Erased:
    """Destroy the key of `who`, a subject or a user's name.

    Raises:
        ControlsError: when there is no such key, or its destruction cannot be recorded first.
    """
    subject = _subject(root, who)
    sealed = _sealed(root, subject)
    facts = {"subject": subject, "sealed_entries": sealed}
    with intent(root, Act(entry.ERASE, None, facts)) as receipt:
        keyring.destroy(root, subject)
    return Erased(subject, sealed, receipt.seq)


def _subject(root: Path, who: str) -> str:
    for found in (who, pseudonym(root, who)):
        if keyring.is_subject(found) and keyring.known(root, found) is not None:
            return found
    raise ControlsError(f"no key of {who!r} exists", "python -m controls trace RUN --json names it")


def _sealed(root: Path, subject: str) -> int:
    if not read.exists(root):
        return 0
    named = f'"subject":"{subject}"'.encode()
    with read.snapshot(root) as seen:
        found = (line for line in read.lines(seen) if named in line and line.startswith(b"{"))
        return sum(bool(one.sealed) and one.subject == subject for one in map(entry.parse, found))
