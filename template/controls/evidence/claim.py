"""What a dossier says: claims, each with what it rests on. Values only."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What is known of a claim; `declared` is what a file of the repository says, no more."""

    ok = "ok"
    pending = "pending"
    failed = "failed"
    declared = "declared"
    unseen = "not looked at"


@dataclass(frozen=True, slots=True)
class Citation:
    """A file, or a folder (its path ends in /) with `files` in it, as it lies there.

    `commit` is the last one that changed it, empty for what git does not know; `changed` says that
    the work tree differs from that commit. `sha256` is of the file's bytes, or of the folder's
    lines in `repository.sha256`.
    """

    path: str
    line: int
    commit: str
    sha256: str
    files: int
    changed: bool

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.endswith("/")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence, what is known of it and why; `control` is the one that proves it, if any."""

    text: str
    state: State
    citations: tuple[Citation, ...]
    control: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Claims that belong together, such as the answer to one question of an auditor."""

    id: str
    title: str
    claims: tuple[Claim, ...]
