"""Which paths may have moved, and what git found out about them.

A file counts as possibly moved when one side no longer has it, the other changed it, and the first
side has new files. Whether any of them is that file is for git to say.
"""

from collections.abc import Iterator

from prooflane.files import Entries, Entry
from prooflane.merge.model import Conflict, ConflictKind, Note, NoteKind, Outcome

Side = Entry | None
KINDS = {
    "CONFLICT (binary)": ConflictKind.binary,
    "CONFLICT (rename/rename)": ConflictKind.rename,
    "CONFLICT (rename/add)": ConflictKind.rename,
    "CONFLICT (file/directory)": ConflictKind.mode,
    "CONFLICT (distinct modes)": ConflictKind.mode,
}


def suspects(base: Entries, ours: Entries, theirs: Entries) -> set[str]:
    """Return the paths that have to be looked at together to find what moved; mostly none."""
    new_ours = {p for p, entry in ours.items() if p not in base and theirs.get(p) != entry}
    new_theirs = {p for p, entry in theirs.items() if p not in base and ours.get(p) != entry}
    gone: set[str] = set()
    if new_ours:
        gone |= {p for p in base.keys() & theirs.keys() - ours.keys() if theirs[p] != base[p]}
    if new_theirs:
        gone |= {p for p in base.keys() & ours.keys() - theirs.keys() if ours[p] != base[p]}
    if new_ours and new_theirs:
        gone |= base.keys() - ours.keys() - theirs.keys()
    return gone | new_ours | new_theirs if gone else set()


def under_one_name(ours: Entries, theirs: Entries) -> set[str]:
    """Return what is a file on one side and a folder on the other, and what lies in the folder."""
    names = (_folders(ours) & theirs.keys()) | (_folders(theirs) & ours.keys())
    every = ours.keys() | theirs.keys()
    return (
        {path for path in every if path in names or names & set(_above(path))} if names else set()
    )


def conflicts(outcome: Outcome, base: Entries) -> Iterator[Conflict]:
    """Return what git left unmerged, except where nothing contradicts: a file only one side has."""
    kinds = {path: KINDS[kind] for kind, paths in outcome.said if kind in KINDS for path in paths}
    for path, (old, mine, other) in outcome.unmerged.items():
        is_moved = path not in base
        if path in kinds:
            yield Conflict(path, kinds[path], old, mine, other)
        elif mine and other:
            kind = ConflictKind.content if old else ConflictKind.both_added
            yield Conflict(path, kind, old, mine, other)
        elif not is_moved:
            kind = ConflictKind.deleted_by_them if mine else ConflictKind.deleted_by_us
            yield Conflict(path, kind, old, mine, other)


def notes(tree: Entries, base: Entries, ours: Entries, theirs: Entries) -> Iterator[Note]:
    """Return one note for each file of `tree` that took an edit along to where it moved."""
    for path, entry in tree.items():
        if path in base:
            continue
        mine, other = ours.get(path), theirs.get(path)
        if mine and not other and entry != mine:
            yield Note(path, NoteKind.renamed, "was renamed here, and took the template's change")
        if other and not mine and entry != other:
            yield Note(path, NoteKind.renamed, "was renamed by the template, and kept your edits")


def _folders(tree: Entries) -> set[str]:
    return {folder for path in tree for folder in _above(path)}


def _above(path: str) -> Iterator[str]:
    return (path[:at] for at, char in enumerate(path) if char == "/")
