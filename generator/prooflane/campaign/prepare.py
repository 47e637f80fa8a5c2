"""Makes the commit of a pull request in a bare clone, with the sync core and nothing else.

The commit depends on the base, the version and the campaign alone: made twice, it has the same id,
so that a run that was killed finds what it pushed. What is in conflict stays as the repository has
it, and the lock says that the control is held: a branch never carries markers.
"""

import re
from dataclasses import dataclass, replace

from prooflane.campaign.clone import Clone
from prooflane.errors import ProoflaneError
from prooflane.files import Entries, Entry
from prooflane.fleet.desk import Desk, ForeignError
from prooflane.fleet.reach import Reached
from prooflane.gate.check import Checked
from prooflane.git.identity import Identity
from prooflane.git.odb import Bare, Folders
from prooflane.merge.model import Conflict, Merged
from prooflane.source import address
from prooflane.sync import subject as subjects
from prooflane.sync.describe import describe
from prooflane.sync.outcome import Outcome
from prooflane.sync.result import Synced
from prooflane.sync.work import worked_out

TIME = re.compile(r" \d+ [+-]\d{4}$")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit on HEAD of `there`, and what it does; no commit when there is nothing to do."""

    there: Reached
    commit: str
    synced: Synced


def prepare(desk: Desk, template: str, clone: Clone, who: Identity) -> Prepared:
    """Return the sync of `clone`, made from `template`, as a commit that no branch knows of.

    Raises:
        ForeignError: when the repository was not made from this template.
        ProoflaneError: when it cannot be synced.
    """
    there = clone.reach(desk.folders)
    subject = subjects.of(there.place, there.head, there.objects)
    if _plain(subject.url) != _plain(template):
        # it was another one since the scan
        message = f"it was made from {subject.url!r}, not from {template!r}"
        raise ForeignError(message, "a campaign has one template: the other one has its own")
    way = desk.way(subject)
    worked = worked_out(subject, way, {}, there.objects, desk.shelf, desk.signed)
    synced = describe(worked)
    if not worked.outcome.changes:
        return Prepared(there, "", synced)
    tree = kept(worked.outcome.merged, there.head)
    static = _checked(desk, worked.outcome, tree, there)
    left = {row.path for row in synced.conflicts}
    rows = tuple(row for row in synced.rows if row.path not in left)
    synced = replace(synced, static=static, rows=rows)
    message = f"Sync with the template {synced.after}"
    return Prepared(there, committed(there, tree, message, who), synced)


def committed(there: Reached, tree: Entries, message: str, who: Identity) -> str:
    """Return the commit that makes `tree` of what is `there`."""
    there.objects.keep(entry.id for entry in tree.values())
    bare = Bare(there.place.root, Folders())
    return bare.make(tree, message, who, there.place.head)


def dated(who: Identity, moment: float) -> Identity:
    """Return `who` at `moment`, so that a commit that is made again is the same one."""
    at = f" {moment:.0f} +0000"
    return Identity(TIME.sub(at, who.author), TIME.sub(at, who.committer))


def kept(merged: Merged, head: Entries) -> Entries:
    """Return the merged tree in which each path in conflict is as `head` has it."""
    tree = dict(merged.tree)
    for conflict in merged.conflicts:
        tree.pop(conflict.path, None)
        if ours := _ours(conflict, head):
            tree[conflict.path] = ours
    return tree


def _ours(conflict: Conflict, head: Entries) -> Entry | None:
    # git may have put what is ours aside, under a name that HEAD does not have
    return head.get(conflict.path) or conflict.ours


def _plain(url: str) -> str:
    try:
        return address.plain(url)
    except ProoflaneError:
        return url


def _checked(desk: Desk, outcome: Outcome, tree: Entries, there: Reached) -> Checked | None:
    if outcome.new.catalogue is None:
        return None
    proposed = replace(outcome, merged=Merged(dict(tree), (), outcome.merged.notes))
    return desk.checks.check(proposed, there.place, there.head, there.objects)
