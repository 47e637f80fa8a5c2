"""The golden fleet: a repository for each supported version, profile and realistic edit.

Each is updated. The static checks, which take most of the time, judge each profile as the template
gives it, and the main profiles with every edit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.fleet.job import Job
from prooflane.release import candidate as candidates
from prooflane.release.bares import Bares
from prooflane.release.candidate import Candidate, Released
from prooflane.release.edits import KINDS, MANAGED, PLAIN
from prooflane.release.made import Files, made, ownership
from prooflane.release.profiles import Profile, profiles
from prooflane.release.settings import NAME
from prooflane.render.tree import Origin
from prooflane.resync.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden repository, and what it stands for; `is_checked` when static checks judge it."""

    version: str
    profile: str
    edit: str
    folder: Path
    is_checked: bool

    @property
    def key(self) -> str:
        """Its name."""
        return f"{self.version} · {self.profile} · {self.edit}"

    @property
    def job(self) -> Job:
        """What a worker is asked."""
        return Job(self.key, str(self.folder))

    @property
    def stands(self) -> bool:
        """Whether its checks before the release are compared with those after it.

        Any sync heals an edit that is not meant to be, and asks a person about it.
        """
        return self.is_checked and self.edit != MANAGED


def golden(wanted: Candidate, shelf: Shelf, scratch: Path) -> Iterator[Golden]:
    """Make the golden repositories below `scratch`, and give each.

    Raises:
        ProoflaneError: when an old version no longer renders.
    """
    bares = Bares(scratch)
    for release in wanted.supported:
        try:
            for profile, kind, tree, has_controls in _trees(wanted, release, shelf):
                is_checked = has_controls and (profile.is_main or kind == PLAIN)
                folder = bares.make(tree)
                yield Golden(release.name, profile.name, kind, folder, is_checked)
        except ProoflaneError as error:
            raise _unsupported(release, error) from error


def _trees(
    wanted: Candidate, release: Released, shelf: Shelf
) -> Iterator[tuple[Profile, str, Files, bool]]:
    source = replace(wanted.source, version=release.name, commit=release.commit, notices=())
    opened = candidates.edition(shelf, source.repository, source.commit)
    assert opened.template
    catalogue = shelf.catalogue(opened)
    origin = Origin(source.url, source.version)
    for profile in profiles(opened.template, wanted.settings, origin):
        tree = made(opened.template, profile, source, catalogue)
        for kind, edit in KINDS.items():
            changed = edit(tree, ownership(catalogue))
            if changed or kind == PLAIN:
                yield profile, kind, {**tree, **changed}, catalogue is not None


def _unsupported(release: Released, error: ProoflaneError) -> ProoflaneError:
    hint = f"supported: '>{release.version}' in {NAME} leaves it out"
    return ProoflaneError(f"no update from {release.name} can be tried: {error.message}", hint)
