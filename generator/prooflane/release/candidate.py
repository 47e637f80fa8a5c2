"""The commit that is to be released, and the releases that repositories may come from."""

from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import Version

from prooflane.errors import ProoflaneError
from prooflane.git import history, repository
from prooflane.release import settings
from prooflane.release.level import Level, following, parsed
from prooflane.release.settings import Settings
from prooflane.resync.shelf import Edition, Shelf
from prooflane.source import find, releases
from prooflane.source.find import Source


@dataclass(frozen=True, slots=True)
class Released:
    """An earlier release, and its commit."""

    name: str
    version: Version
    commit: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is to be released; `supported` are the versions that updates are tried from.

    The version of `source` is what golden repositories are told.
    """

    source: Source
    settings: Settings
    newest: Released | None
    supported: tuple[Released, ...]

    @property
    def root(self) -> Path:
        """The template's repository."""
        return self.source.repository


def candidate(template: str, to: str, shelf: Shelf, version: str = "") -> Candidate:
    """Return the commit `to` of `template` as a candidate for `version`.

    Where nobody said which, repositories are told the highest that it could come to: checks that
    compare versions, such as with a floor, hold for a release and not for a commit in between.

    Raises:
        ProoflaneError: when there is none, or only Copier itself could render it.
    """
    source = find.find(template, to)
    told = settings.load(edition(shelf, source.repository, source.commit).files)
    older = [row for row in released(source.repository) if row.commit != source.commit]
    before = [row for row in older if _is_before(source, row)]
    supported = [row for row in before if told.supported.contains(row.version)]
    newest = before[-1] if before else None
    name = version or following(newest.name if newest else "", Level.major)
    return Candidate(replace(source, version=name), told, newest, tuple(supported))


def edition(shelf: Shelf, place: Path, commit: str) -> Edition:
    """Return the template at `commit`, which we render ourselves.

    Raises:
        ProoflaneError: when only Copier could: what it does cannot be predicted.
    """
    found = shelf.edition(place, commit)
    if found.template is None:
        raise ProoflaneError(
            f"the template cannot be released by prooflane: it uses {found.reason}",
            "leave out extensions, tasks, the clock and the environment",
        )
    return found


def released(place: Path) -> list[Released]:
    """Return the released versions of the template at `place`, the oldest first."""
    rows: list[Released] = []
    for name in {*repository.tags(place), *releases.names(place)}:
        version, commit = parsed(name), releases.resolve(place, name)
        if version and not version.is_prerelease and commit:
            rows.append(Released(name, version, commit))
    return sorted(rows, key=lambda row: (row.version, row.name))


def _is_before(source: Source, row: Released) -> bool:
    # a release of another line, a maintenance branch above all, is not what this one follows
    return history.is_ancestor(source.repository, row.commit, source.commit)
