"""The one decision that every verb shares: base, ours and theirs to a tree, conflicts and notes.

Pure: preview, check, apply and pull request differ only in where the trees come from and where the
result goes, so that a preview is exact. Rules by ownership come first; what is left is merged.
"""

from collections.abc import Callable, Container, Mapping

from prooflane.files import Entries, Entry
from prooflane.merge import three
from prooflane.merge.model import (
    OURS,
    THEIRS,
    Conflict,
    ConflictKind,
    Merged,
    Note,
    NoteKind,
    Objects,
)
from prooflane.resync import leftovers
from prooflane.resync.policy import Owner, Policy

Plan = Merged
DELETED = "was deleted here, and stays so"
Side = Entry | None


def plan(base: Entries, ours: Entries, theirs: Entries, policy: Policy, objects: Objects) -> Plan:
    """Return the repository after its re-sync.

    `base` is the old version with the old answers, `ours` what the repository holds, `theirs` the
    new version with the merged answers. Nothing is written but to `objects`.
    """
    mine = {**policy.ignored, **ours}
    old = {path: entry for path, entry in base.items() if not policy.is_excluded_now(path)}
    # a path that the template never had is the user's, whatever the rules say of its folder
    rules = {path: _rule(path, policy) for path in old.keys() | theirs.keys()}
    settled = _settled(rules, old, mine, theirs)
    ruled = {path for path, rule in rules.items() if rule}
    others = (_without(old, ruled), _without(mine, ruled), _without(theirs, ruled))
    merged = _deletions_kept(three.merge(*others, objects), *others)
    tree, clashes = _apart({**settled.tree, **merged.tree}, mine)
    conflicts = (*merged.conflicts, *clashes)
    records = policy.answers_file
    sides = (old.get(records), mine.get(records), theirs.get(records))
    notes = (*settled.notes, *leftovers.notes(records, *sides, objects), *merged.notes)
    return Plan(dict(sorted(tree.items())), conflicts, notes)


def _deletions_kept(merged: Merged, base: Entries, ours: Entries, theirs: Entries) -> Merged:
    # what a user deleted stays deleted, also when the template changed it since
    gone = base.keys() & theirs.keys() - ours.keys()
    undone = {c.path for c in merged.conflicts if c.kind is ConflictKind.deleted_by_us} & gone
    moved = {entry.id for path, entry in ours.items() if path not in base}
    tree = {path: entry for path, entry in merged.tree.items() if path not in undone}
    conflicts = tuple(c for c in merged.conflicts if c.path not in undone)
    left = {path for path in gone if theirs[path] == base[path] and base[path].id not in moved}
    kept = (Note(path, NoteKind.kept_deleted, DELETED) for path in sorted(undone | left))
    return Merged(tree, conflicts, (*merged.notes, *kept))


def _apart(tree: dict[str, Entry], ours: Entries) -> tuple[dict[str, Entry], list[Conflict]]:
    # a rule by owner can put a file where the other side has a folder: git's own way out
    folders = {path[:at] for path in tree for at, char in enumerate(path) if char == "/"}
    clashes: list[Conflict] = []
    for path in sorted(folders & tree.keys()):
        entry = tree.pop(path)
        is_ours = ours.get(path) == entry
        aside = _free(f"{path}~{OURS if is_ours else THEIRS}", tree.keys() | folders)
        tree[aside] = entry
        sides = (entry, None) if is_ours else (None, entry)
        clashes.append(Conflict(aside, ConflictKind.mode, None, *sides))
    return tree, clashes


def _free(name: str, taken: Container[str]) -> str:
    return name if name not in taken else _free(f"{name}~", taken)


Decision = tuple[Side, Note | None]
Rule = Callable[[str, Side, Side, Side], Decision]


def _rule(path: str, policy: Policy) -> Rule | None:
    if path == policy.answers_file:
        return _answers
    if policy.is_kept_once(path):
        return _kept_once
    return OWNED.get(policy.ownership(path))


def _settled(
    rules: Mapping[str, Rule | None], base: Entries, ours: Entries, theirs: Entries
) -> Plan:
    tree: dict[str, Entry] = {}
    notes: list[Note] = []
    for path, rule in sorted(rules.items()):
        if rule is None:
            continue
        entry, note = rule(path, base.get(path), ours.get(path), theirs.get(path))
        if entry:
            tree[path] = entry
        if note:
            notes.append(note)
    return Plan(tree, (), tuple(notes))


def _answers(_path: str, _base: Side, _ours: Side, theirs: Side) -> Decision:
    # it says what theirs was rendered from: hand-edited answers are in it already
    return theirs, None


def _kept_once(path: str, base: Side, ours: Side, theirs: Side) -> Decision:
    if ours and (theirs or ours != base):
        return ours, None
    if ours or not (base and theirs):
        return theirs, None
    return theirs, Note(path, NoteKind.recreated, "was deleted here, and the template needs it")


def _yours(path: str, base: Side, ours: Side, theirs: Side) -> Decision:
    if ours or not base or not theirs:
        return ours or (None if base else theirs), None
    return None, Note(path, NoteKind.kept_deleted, DELETED)


def _managed(path: str, base: Side, ours: Side, theirs: Side) -> Decision:
    if ours in {base, theirs}:
        return theirs, None
    if ours is None:
        return theirs, Note(path, NoteKind.recreated, "was deleted here, and is managed")
    if theirs is None:
        return None, Note(path, NoteKind.deleted_edited, "was edited here, and is no longer needed")
    return theirs, Note(path, NoteKind.managed_edit, "was edited here, and is managed")


OWNED: Mapping[str, Rule] = {Owner.managed: _managed, Owner.yours: _yours}


def _without(tree: Entries, paths: set[str]) -> dict[str, Entry]:
    return {path: entry for path, entry in tree.items() if path not in paths}
