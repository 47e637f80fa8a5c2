"""What a sync takes from its owner, and asks first: edits to managed files and to deleted ones.

Nothing is lost without a trace: each edit is kept as a patch that `git apply` takes.
"""

from collections.abc import Iterable, Iterator

from prooflane.files import Entries, File
from prooflane.git import patch
from prooflane.merge.model import Merged, Note, NoteKind, Objects

TAKEN = frozenset({NoteKind.managed_edit, NoteKind.deleted_edited})


def losses(planned: Merged) -> tuple[Note, ...]:
    """Return the notes that need consent."""
    return tuple(note for note in planned.notes if note.kind in TAKEN)


def as_patch(lost: Iterable[Note], base: Entries, ours: Entries, objects: Objects) -> bytes:
    """Return the edits of `lost` as one patch, each against what the template gave."""
    return patch.between(_pair(note.path, base, ours, objects) for note in lost)


def _pair(path: str, base: Entries, ours: Entries, objects: Objects) -> patch.Pair:
    sides: Iterator[File | None] = (
        File(objects.read(entry.id), entry.mode) if (entry := side.get(path)) else None
        for side in (base, ours)
    )
    old, new = sides
    return patch.Pair(path, old, new)
