"""What is to be proposed to a repository: a commit, and the words for it. Values only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from prooflane.campaign.clone import Clone
from prooflane.fleet.reach import Reached


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit in the clone `there` with its words; without a commit nothing is to be proposed.

    `data` is what the ledger keeps of it: conflicts, holds, controls.
    """

    there: Reached
    commit: str
    title: str = ""
    body: str = ""
    before: str = ""
    after: str = ""
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The commit that it is made on."""
        return self.there.place.head


Make = Callable[[Clone], Draft]
