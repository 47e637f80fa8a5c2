"""Bare repositories of one commit each in a scratch folder, over one shared set of objects.

So they are read exactly as a fleet is, by the same code, and hundreds of them take no time.
"""

from collections.abc import Mapping
from pathlib import Path

from prooflane.files import File, entries
from prooflane.git import borrowed, process
from prooflane.git.identity import Identity
from prooflane.git.odb import Bare, Folders

NOBODY = Identity("Golden <golden@localhost> 1 +0000", "Golden <golden@localhost> 1 +0000")


class Bares:
    """Makes repositories below a folder that exists; they are gone when it is."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        process.git("init", "-q", "--bare", "--template=", str(scratch / "objects.git"))
        self._shared = Bare(scratch / "objects.git", Folders())
        self._count = 0

    def make(self, tree: Mapping[str, File]) -> Path:
        """Return a new repository whose one commit holds `tree`."""
        # the folder's name is an answer to some templates
        folder = self._scratch / f"{self._count:05d}" / "project"
        self._count += 1
        self._shared.keep([file.data for file in tree.values()])
        commit = self._shared.first(entries(tree), "Golden", NOBODY)
        borrowed.bare(folder, commit, self._shared.folder())
        return folder
