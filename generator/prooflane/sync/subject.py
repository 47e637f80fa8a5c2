"""The repository that is to be synced: what it holds, and what it says that it was made from.

Reads HEAD, never the work tree: what is not committed is no part of a sync.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane import document, lock
from prooflane.errors import ProoflaneError
from prooflane.files import DIGITS, Entries
from prooflane.git import place as places
from prooflane.git.place import Place
from prooflane.lock import Lock
from prooflane.merge.model import Objects

ANSWERS = re.compile(r"\.copier-answers[^/]*\.ya?ml")
USUAL = ".copier-answers.yml"
LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Subject:
    """A repository at its HEAD; `url` and `version` are as its answers file records them."""

    place: Place
    head: Entries
    answers_file: str
    url: str
    version: str
    answers: Mapping[str, object]
    lock: Lock | None

    @property
    def proof(self) -> Lock | None:
        """The lock, where it speaks of the recorded version: plain Copier updates only answers."""
        return self.lock if self.lock and self.lock.version == self.version else None


def locate(path: Path) -> Place:
    """Return the repository at or above `path`, complete enough to be synced.

    Raises:
        ProoflaneError: when there is none, it is cut off, or its objects have longer names.
    """
    place = places.find(path)
    if place.is_shallow:
        raise ProoflaneError(f"{str(place.root)!r} is a shallow clone", "git fetch --unshallow")
    if places.is_partial(place):
        raise ProoflaneError(
            f"{str(place.root)!r} is a partial clone", "clone it again without --filter"
        )
    if len(place.head) != DIGITS:
        raise ProoflaneError(
            f"{str(place.root)!r} names its objects by SHA-256, and sync knows SHA-1",
            "copier update knows both",
        )
    return place


def read(place: Place, objects: Objects) -> Subject:
    """Return what the repository at `place` holds.

    Raises:
        ProoflaneError: when it does not say what it was made from, or says it wrongly.
    """
    return of(place, places.entries(place, place.head), objects)


def of(place: Place, head: Entries, objects: Objects) -> Subject:
    """Return what the repository at `place` holds, whose files are `head`.

    Raises:
        ProoflaneError: when it does not say what it was made from, or says it wrongly.
    """
    name = answers_file(head, str(place.root))
    data = document.mapping(document.parse(objects.read(head[name].id), name, LIMIT), name)
    answers = {key: value for key, value in data.items() if not key.startswith("_")}
    url, version = _fact(data, "_src_path", name), _fact(data, "_commit", name)
    locked = lock.parse(objects.read(head[lock.NAME].id)) if lock.NAME in head else None
    return Subject(place, head, name, url, version, answers, locked)


def answers_file(head: Entries, where: str) -> str:
    """Return the file that says what the repository called `where` was made from.

    Raises:
        ProoflaneError: when there is none, or more than one.
    """
    if USUAL in head:
        return USUAL
    found = [path for path in head if ANSWERS.fullmatch(path)]
    if not found:
        raise ProoflaneError(
            f"{where!r} has no {USUAL}: no template made it",
            "prooflane new makes a repository that has one",
        )
    if len(found) > 1:
        raise ProoflaneError(
            f"{where!r} was made from several templates: {', '.join(found)}",
            "copier update --answers-file FILE updates one of them",
        )
    return found[0]


def _fact(data: Mapping[str, object], key: str, name: str) -> str:
    value = data.get(key)
    if not isinstance(value, str | int | float) or not str(value):
        raise ProoflaneError(
            f"{name} does not record {key!r}", f"git log -p {name} shows what it was"
        )
    return str(value)
