"""The golden fleet: a repository for each supported version, profile and realistic edit.

They lie in a scratch folder as bare repositories over one shared set of objects, so that they are
judged exactly as a fleet is, by the same code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from prooflane.files import Entries, entries
from prooflane.fleet.job import Job
from prooflane.git import borrowed, process
from prooflane.git.identity import Identity
from prooflane.git.odb import Bare, Folders
from prooflane.release import candidate as candidates
from prooflane.release.candidate import Candidate, Released
from prooflane.release.edits import KINDS
from prooflane.release.made import made, ownership
from prooflane.release.profiles import Profile, profiles
from prooflane.render.tree import Origin
from prooflane.resync.shelf import Shelf
from prooflane.source.find import Source

NOBODY = Identity("Golden <golden@localhost> 0 +0000", "Golden <golden@localhost> 0 +0000")


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden repository, and what it stands for."""

    key: str
    version: str
    profile: str
    edit: str
    folder: Path

    @property
    def job(self) -> Job:
        """What a worker is asked."""
        return Job(self.key, str(self.folder))


def golden(wanted: Candidate, shelf: Shelf, scratch: Path) -> Iterator[Golden]:
    """Make the golden repositories below `scratch`, and give each.

    Raises:
        ProoflaneError: when an old version no longer renders.
    """
    process.git("init", "-q", "--bare", "--template=", str(scratch / "objects.git"))
    shared = Bare(scratch / "objects.git", Folders())
    number = 0
    for release in wanted.supported:
        for profile, kind, tree in _trees(wanted, release, shelf, shared):
            # the folder's name is an answer to some templates
            folder = scratch / f"{number:05d}" / "project"
            commit = shared.first(tree, "Golden", NOBODY)
            borrowed.bare(folder, commit, shared.folder())
            key = f"{release.name} · {profile.name} · {kind}"
            number += 1
            yield Golden(key, release.name, profile.name, kind, folder)


def at(wanted: Candidate, release: Released) -> Source:
    """Return the source of an earlier release."""
    return replace(wanted.source, version=release.name, commit=release.commit, notices=())


def _trees(
    wanted: Candidate, release: Released, shelf: Shelf, shared: Bare
) -> Iterator[tuple[Profile, str, Entries]]:
    source = at(wanted, release)
    opened = candidates.edition(shelf, source.repository, source.commit)
    assert opened.template
    catalogue = shelf.catalogue(opened)
    origin = Origin(source.url, source.version)
    for profile in profiles(opened.template, wanted.settings, origin):
        tree = made(opened.template, profile, source, catalogue)
        shared.keep([file.data for file in tree.values()])
        plain = entries(tree)
        for kind, edit in KINDS.items():
            changed = edit(tree, ownership(catalogue))
            if changed or kind == "plain":
                shared.keep([file.data for file in changed.values()])
                yield profile, kind, {**plain, **entries(changed)}
