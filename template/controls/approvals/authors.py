"""Who made a change, as git tells: authors, committers and co-authors.

Used only to leave people out: anybody can write any name into a commit, so a name here never
counts for an approval, and hiding it is what the forge's own account of the pusher is for.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from controls import git
from controls.manifest import Principal

_TRAILER = re.compile(
    r"^\s*co-authored-by:\s*(.*?)\s*<([^<>\n]*)>\s*$", re.IGNORECASE | re.MULTILINE
)
_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\..+", re.IGNORECASE)
_FORMAT = "%an%x1f%ae%x1f%cn%x1f%ce%x1f%B%x00"


@dataclass(frozen=True, slots=True)
class Author:
    """A name and an address from a commit."""

    name: str
    email: str

    def is_(self, person: Principal) -> bool:
        """Say whether this is `person`, as far as a name or an address can tell."""
        login = _NOREPLY.fullmatch(self.email)
        handles = {self.email.casefold(), f"@{login[1]}".casefold() if login else ""}
        return person.handle.casefold() in handles or _plain(self.name) == _plain(person.name)


def of(root: Path, base: str | None, head: str) -> tuple[Author, ...]:
    """Return everybody behind the commits that `head` has and `base` has not.

    Raises:
        ControlsError: when git does not know one of them.
    """
    wanted = (head, f"^{base}") if base else (head,)
    told = git.run(root, "log", f"--format={_FORMAT}", "--end-of-options", *wanted, "--")
    found: list[Author] = []
    for record in told.decode(errors="replace").split("\0"):
        fields = record.strip("\n").split("\x1f", 4)
        if len(fields) == 5:
            found += (Author(fields[0], fields[1]), Author(fields[2], fields[3]))
            found += co_authors(fields[4])
    return tuple(dict.fromkeys(found))


def co_authors(message: str) -> tuple[Author, ...]:
    """Return the co-authors that a commit's message names."""
    return tuple(Author(match[1], match[2]) for match in _TRAILER.finditer(message))


def among(person: Principal, authors: Iterable[Author]) -> bool:
    """Say whether `person` is one of `authors`."""
    return any(author.is_(person) for author in authors)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
