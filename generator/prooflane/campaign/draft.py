"""What is to be proposed to a repository: a commit, and the words for it. Values only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from prooflane.campaign.clone import Clone


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit on `base` with its words; without a commit there is nothing to propose.

    `data` is what the ledger keeps of it: conflicts, holds, controls.
    """

    base: str
    commit: str
    title: str = ""
    body: str = ""
    before: str = ""
    after: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


# makes the commit in a clone, on a branch
Make = Callable[[Clone, str], Draft]
