"""What a work tree says of itself: its answers, its lock, and the part of its catalogue it needs.

Reads the work tree, uncommitted changes included, and never follows a link out of it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prooflane import catalogue, document, lock
from prooflane.errors import ProoflaneError
from prooflane.lock import Lock

ANSWERS = ".copier-answers.yml"
LIMIT = 256 * 1024
ROOM = "controls/"
# the rest of a catalogue is long, and takes a third of a check's time to read
NEEDED = re.compile(rb"^(?:template_floors|managed_lists):.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the repository came from, its tier and CI; `lock` is absent after plain Copier."""

    url: str
    version: str
    answers: Mapping[str, object]
    lock: Lock | None

    @property
    def tier(self) -> int:
        """The tier that the template was asked for; 0 where it knows none."""
        value = self.answers.get("tier", 0)
        return value if isinstance(value, int) else 0

    @property
    def ci(self) -> str:
        """The forge whose workflows the repository carries, or none."""
        return str(self.answers.get("ci", "none"))


@dataclass(frozen=True, slots=True)
class Expected:
    """What the catalogue asks of each repository: its digest lists, and a version for each tier."""

    lists: tuple[str, ...] = ()
    floors: Mapping[int, str] | None = None


def load(root: Path) -> Recorded:
    """Return what the repository at `root` records.

    Raises:
        ProoflaneError: when it was not made from a template, or a record is malformed.
    """
    blob = read(root, ANSWERS)
    if blob is None:
        raise ProoflaneError(
            f"{str(root)!r} was not made from a template: it has no {ANSWERS}",
            "prooflane new makes a repository that was",
        )
    data = document.mapping(document.parse(blob, ANSWERS, LIMIT), ANSWERS)
    locked = read(root, lock.NAME)
    return Recorded(
        url=_fact(data, "_src_path"),
        version=_fact(data, "_commit"),
        answers={key: value for key, value in data.items() if not key.startswith("_")},
        lock=None if locked is None else lock.parse(locked),
    )


def expected(root: Path) -> Expected:
    """Return what the catalogue in `root` asks for; nothing when it is not there.

    Raises:
        ProoflaneError: when it is malformed.
    """
    blob = read(root, catalogue.PATH)
    if blob is None:
        return Expected()
    found = b"".join(match[0] for match in NEEDED.finditer(blob))
    data = document.mapping(document.parse(found, catalogue.PATH) or {}, catalogue.PATH)
    lists, floors = data.get("managed_lists"), data.get("template_floors")
    if not (isinstance(lists, list) and isinstance(floors, dict)):
        raise ProoflaneError(
            f"{catalogue.PATH} has no managed_lists and template_floors", "prooflane check --heal"
        )
    return Expected(tuple(map(str, lists)), {int(tier): str(at) for tier, at in floors.items()})


def read(root: Path, path: str) -> bytes | None:
    """Return the bytes of the file at `path`, or None where there is no file of its own.

    Raises:
        ProoflaneError: when it is too large or cannot be read.
    """
    try:
        file = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(file, "rb") as opened:  # noqa: PTH123 - Path.open follows links
            blob = opened.read(LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(f"{path} cannot be read: {reason}", "it must be a file") from error
    if len(blob) > LIMIT:
        raise ProoflaneError(f"{path} is larger than {LIMIT // 1024} KiB", "keep it short")
    return blob


def _fact(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str | int | float) or not str(value):
        raise ProoflaneError(
            f"{ANSWERS} does not record {key!r}", f"git log -p {ANSWERS} shows what it was"
        )
    return str(value)
