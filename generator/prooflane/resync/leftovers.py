"""What stands in an answers file besides answers: remarks, and keys that no question asks for.

The file is written anew at each re-sync, by Copier and by us. Pure; what is said of it is a note.
"""

import re
from collections.abc import Iterator

from prooflane.files import Entry
from prooflane.merge.model import Note, NoteKind, Objects

KEY = re.compile(rb"([A-Za-z]\w*):")
Side = Entry | None


def notes(path: str, base: Side, ours: Side, theirs: Side, objects: Objects) -> Iterator[Note]:
    """Return what a person should know of lines in `ours` that neither version gives."""
    if ours is None or ours in {base, theirs}:
        return
    given, written = (_lines(side, objects) for side in (base, theirs))
    mine = _lines(ours, objects) - given - written
    if any(b"#" in line for line in mine):
        said = "has remarks of yours, and is written anew"
        yield Note(path, NoteKind.managed_edit, said)
    if unknown := sorted(_keys(mine) - _keys(given) - _keys(written)):
        said = f"answers {', '.join(unknown)}, which the template does not ask: left out"
        yield Note(path, NoteKind.left_out, said)


def _lines(side: Side, objects: Objects) -> set[bytes]:
    return set(objects.read(side.id).splitlines()) if side else set()


def _keys(lines: set[bytes]) -> set[str]:
    found = (KEY.match(line) for line in lines)
    return {match[1].decode() for match in found if match}
