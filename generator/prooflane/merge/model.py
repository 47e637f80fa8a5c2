"""What a merge takes and gives. Values only.

Content is named by object id, so that most of a merge reads nothing; `Objects` gives the bytes.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from prooflane.files import Entries, Entry
from prooflane.git.mergetree import OURS, THEIRS, Outcome

__all__ = [
    "OURS",
    "THEIRS",
    "Conflict",
    "ConflictKind",
    "Entries",
    "Entry",
    "Merged",
    "Note",
    "NoteKind",
    "Objects",
    "Outcome",
]


class ConflictKind(StrEnum):
    """What both sides did that cannot both hold."""

    content = "content"
    binary = "binary"
    both_added = "both-added"
    deleted_by_them = "deleted-by-them"
    deleted_by_us = "deleted-by-us"
    mode = "mode"
    rename = "rename"


class NoteKind(StrEnum):
    """What a person should know although nothing is left for them to decide in the files."""

    kept_deleted = "kept-deleted"
    managed_edit = "managed-edit"
    deleted_edited = "deleted-edited"
    recreated = "recreated"
    left_out = "left-out"
    renamed = "renamed"


class Objects(Protocol):
    """Bytes by git's object id. What is written may stay in memory until somebody keeps it."""

    def read(self, digest: str) -> bytes:
        """Return the bytes of a blob."""
        ...

    def write(self, data: bytes) -> str:
        """Return the object id under which `data` can be read from now on."""
        ...

    def merge(self, base: Entries, ours: Entries, theirs: Entries) -> Outcome:
        """Return what `git merge-tree` makes of the three trees, renames followed."""
        ...


@dataclass(frozen=True, slots=True)
class Conflict:
    """A path that a person decides; the three entries become git's stages 1, 2 and 3."""

    path: str
    kind: ConflictKind
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence about a path."""

    path: str
    kind: NoteKind
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged tree; of a text file with conflicts it holds the version with markers."""

    tree: dict[str, Entry] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Note, ...] = ()
