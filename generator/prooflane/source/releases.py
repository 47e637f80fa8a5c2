"""Which versions a template has: its tags, or, in a clone without tags, its release records.

`releases/VERSION.yaml` lies in the commit of its release. It cannot name that commit, so it holds
the commit's parent and the tree as it was before the record was added; both must match.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from prooflane import document
from prooflane.errors import MAINTAINER, ProoflaneError
from prooflane.git import history, repository

FOLDER = "releases"
HEADS = ("refs/prooflane/head", "HEAD")
REF = re.compile(r"[A-Za-z0-9@][\w.+/@-]{0,199}")
ID = re.compile(r"[0-9a-f]{40}")


def names(place: Path) -> list[str]:
    """Return the versions that the newest commit has a record of."""
    head = _head(place)
    paths = history.paths(place, head, FOLDER) if head else []
    return [Path(path).stem for path in paths if path.endswith(".yaml")]


def resolve(place: Path, ref: str) -> str | None:
    """Return the commit of the tag, commit, branch or recorded release `ref`, or None.

    Raises:
        ProoflaneError: when its record matches no commit.
    """
    # git has a language of its own for commits; a version from a stranger is a plain word
    if not REF.fullmatch(ref) or ".." in ref:
        return None
    refs = HEADS if ref == "HEAD" else (ref,)
    found = (repository.resolve(place, name) for name in refs)
    return next(filter(None, found), None) or _recorded(place, ref)


def describe(place: Path, commit: str) -> str:
    """Return the name that is recorded for `commit`: as git describes it, or its release's."""
    said = repository.describe(place, commit)
    if not commit.startswith(said):
        return said
    added = history.added(place, commit, FOLDER)
    records = (Path(path).stem for path in added if path.endswith(".yaml"))
    return next((name for name in records if _recorded(place, name) == commit), said)


def _head(place: Path) -> str | None:
    return next(filter(None, (repository.resolve(place, name) for name in HEADS)), None)


def _recorded(place: Path, version: str) -> str | None:
    head, path = _head(place), f"{FOLDER}/{version}.yaml"
    blob = history.content(place, head, path) if head else None
    if blob is None or head is None:
        return None
    name = f"the template's release record {path!r}"
    data = document.mapping(document.parse(blob, name), name)
    tree, parent = str(data.get("tree")), str(data.get("parent"))
    if data.get("version") != version or not (ID.fullmatch(tree) and ID.fullmatch(parent)):
        raise ProoflaneError(f"{name} does not name its version, tree and parent", MAINTAINER)
    for commit in _children(place, head, parent):
        if history.tree_without(place, commit, path) == tree:
            return commit
    raise ProoflaneError(f"{name} matches no commit", "its history was rewritten: fetch the tags")


def _children(place: Path, head: str, parent: str) -> Iterator[str]:
    for commit, *parents in history.commits(place, head):
        if parents[:1] == [parent]:
            yield commit
