"""A folder that holds one repository's merged tree after the other's, for its checks to read.

Only what differs from the tree before is written. Its history is borrowed from the repository, and
nothing is written back.
"""

import shutil
from pathlib import Path

import pygit2

from prooflane.files import EXECUTABLE, LINK, Entries, Entry
from prooflane.git.place import Place
from prooflane.merge.model import Objects

CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"


class Laid:
    """The folder, and what lies in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._there: dict[str, Entry] = {}

    def lay(self, tree: Entries, head: Entries, place: Place, objects: Objects) -> Path:
        """Return the folder, which holds `tree` over the commit of `place`, of the files `head`."""
        for path in self._there.keys() - tree.keys():
            (self.root / path).unlink()
            _prune((self.root / path).parent, self.root)
        for path, entry in tree.items():
            if self._there.get(path) != entry:
                _write(self.root / path, entry, objects.read(entry.id))
        self._there = dict(tree)
        self._borrow(place, head)
        return self.root

    def _borrow(self, place: Place, head: Entries) -> None:
        git = self.root / ".git"
        shutil.rmtree(git, ignore_errors=True)
        for folder in ("objects/info", "refs/heads"):
            (git / folder).mkdir(parents=True)
        (git / "config").write_text(CONFIG)
        (git / "HEAD").write_text(f"{place.head}\n")
        borrowed = place.folder / "objects"
        (git / "objects/info/alternates").write_text(f"{borrowed}\n", errors="surrogateescape")
        if (place.folder / "shallow").is_file():
            shutil.copyfile(place.folder / "shallow", git / "shallow")
        index = pygit2.Index(str(git / "index"))
        for path, entry in head.items():
            index.add(
                pygit2.IndexEntry(path, pygit2.Oid(hex=entry.id), pygit2.enums.FileMode(entry.mode))
            )
        index.write()


def _write(path: Path, entry: Entry, data: bytes) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.mode == LINK:
        path.symlink_to(data.decode("utf-8", "surrogateescape"))
        return
    path.write_bytes(data)
    path.chmod(0o755 if entry.mode == EXECUTABLE else 0o644)


def _prune(folder: Path, root: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
