"""Whose a file is, and the other rules of Copier's that come before any merge.

Values only. Where they come from, a catalogue or `copier.yml`, is decided by `prooflane.resync`'s
callers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from prooflane.files import Entry


class Owner(StrEnum):
    """Who decides what a path holds."""

    managed = "managed"
    merged = "merged"
    yours = "yours"


def never(_path: str) -> bool:
    """Say no."""
    return False


def all_merged(_path: str) -> Owner:
    """Return `merged`: a foreign template says nothing of ownership."""
    return Owner.merged


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one repository.

    `ownership` gives a class of the catalogue. `is_kept_once` holds for the paths of a foreign
    template's `_skip_if_exists`; `is_excluded_now` for what the new version leaves out under the
    old answers: such a file is no longer the template's. `ignored` are files that exist and that
    git ignores: they count as the user's.
    """

    answers_file: str = ".copier-answers.yml"
    ownership: Callable[[str], str] = all_merged
    is_kept_once: Callable[[str], bool] = never
    is_excluded_now: Callable[[str], bool] = never
    ignored: Mapping[str, Entry] = field(default_factory=dict)
