"""Versions of templates, each opened and compiled once for any number of repositories.

One per worker: it reads through running processes, which two threads must not share.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from prooflane import catalogue
from prooflane.catalogue import Catalogue
from prooflane.git.snapshot import Blobs, Snapshot, blobs
from prooflane.render import tree as render
from prooflane.render.errors import NotHermeticError
from prooflane.render.tree import Template


@dataclass(frozen=True, slots=True)
class Edition:
    """A template at one commit; without `template`, `reason` says why Copier renders it."""

    files: Snapshot
    template: Template | None
    reason: str = ""


class Shelf:
    """Editions by repository and commit."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._blobs: dict[Path, Blobs] = {}
        self._editions: dict[tuple[Path, str], Edition] = {}
        self._catalogues: dict[str, Catalogue] = {}

    def edition(self, repository: Path, commit: str) -> Edition:
        """Return the template in `repository` at `commit`.

        Raises:
            ProoflaneError: when it is no template.
        """
        key = (repository, commit)
        if key not in self._editions:
            if repository not in self._blobs:
                self._blobs[repository] = self._stack.enter_context(blobs(repository))
            self._editions[key] = _opened(self._blobs[repository].snapshot(commit))
        return self._editions[key]

    def catalogue(self, edition: Edition) -> Catalogue | None:
        """Return what `edition` says of controls and ownership; None for a foreign template.

        Raises:
            ProoflaneError: when it is malformed.
        """
        folder = edition.template.config.subdirectory.strip("/") if edition.template else ""
        path = f"{folder}/{catalogue.PATH}".lstrip("/")
        if path not in edition.files:
            return None
        digest = edition.files.entry(path).id
        if digest not in self._catalogues:
            self._catalogues[digest] = catalogue.load(edition.files[path].data)
        return self._catalogues[digest]


@contextmanager
def shelf() -> Iterator[Shelf]:
    """Give an empty shelf while the context lasts."""
    with ExitStack() as stack:
        yield Shelf(stack)


def _opened(files: Snapshot) -> Edition:
    try:
        return Edition(files, render.load(files))
    except NotHermeticError as error:
        return Edition(files, None, str(error))
