"""Makes the commit of a pull request on a bare clone, with the sync core and nothing else.

The commit depends on the base, the version and the campaign alone: made twice, it has the same id,
so that a run that was killed finds what it pushed. What is in conflict stays as the repository has
it, and the lock says that the control is held: a branch never carries markers.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from prooflane.campaign.clone import Clone
from prooflane.errors import ProoflaneError
from prooflane.files import Entries, Entry
from prooflane.git.identity import Identity, identity
from prooflane.git.odb import Bare, Folders
from prooflane.git.place import Place
from prooflane.merge.model import Conflict, Merged
from prooflane.resync.shelf import Shelf, shelf
from prooflane.source import find
from prooflane.source.address import plain
from prooflane.source.find import Source
from prooflane.sync import subject as subjects
from prooflane.sync.describe import describe
from prooflane.sync.result import Synced
from prooflane.sync.subject import Subject
from prooflane.sync.versions import onward
from prooflane.sync.work import worked_out

TIME = re.compile(r" \d+ [+-]\d{4}$")


class Foreign(ProoflaneError):
    """Says why a repository is not one that this campaign may change."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit on `base`, and what it does; no commit when there is nothing to do.

    `static` is what the new version's static checks say of it, in Markdown.
    """

    base: str
    commit: str
    synced: Synced
    static: str = "They have not run here: the checks of this branch do."


@dataclass(frozen=True, slots=True)
class Workshop:
    """What many repositories share: the compiled template, folders that were read, who commits."""

    source: Source
    version: str
    who: Identity
    opened: Shelf
    folders: Folders

    def prepare(self, clone: Clone, branch: str) -> Prepared:
        """Return the sync of `clone`, committed on `branch` of the clone alone.

        Raises:
            Foreign: when the repository was not made from this template.
            ProoflaneError: when it cannot be synced.
        """
        base = clone.fetch()
        clone.start(branch, base)
        bare = Bare(clone.place, self.folders)
        objects, head = bare.store(), bare.entries(base)
        place = Place(clone.place, clone.place, is_bare=True, is_shallow=True, head=base)
        subject = self._subject(subjects.of(place, head, objects))
        worked = worked_out(
            subject, onward(subject, self.source, self.version), {}, objects, self.opened
        )
        synced = describe(worked)
        if not worked.outcome.changes:
            return Prepared(base, "", synced)
        tree = kept(worked.outcome.merged, head)
        objects.keep(entry.id for entry in tree.values())
        message = f"Sync with the template {synced.after}"
        return Prepared(base, bare.commit(tree, message, self.who, base), synced)

    def _subject(self, found: Subject) -> Subject:
        if plain(found.url) != plain(self.source.url):
            message = f"it was made from {found.url!r}, not from {self.source.url!r}"
            raise Foreign(message, "a campaign has one template: sync the other with its own")
        return found


@contextmanager
def workshop(template: str, trusted: str | None, version: str, moment: float) -> Iterator[Workshop]:
    """Give what a campaign needs to bring repositories of `template` to `version`.

    A source that was named is `trusted` for this call; else the user's list decides.

    Raises:
        ProoflaneError: when the template is not trusted, or has no such version.
    """
    source = replace(find.recorded(template, trusted, version), url=template)
    who = dated(identity(), moment)
    with shelf() as opened:
        yield Workshop(source, version, who, opened, Folders())


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
