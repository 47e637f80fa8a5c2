"""The states of a campaign, of its waves, and of a repository in it: the words in the ledger."""

from enum import StrEnum

SYNC, REVERT = "sync", "revert"


class Standing(StrEnum):
    """Where a campaign stands."""

    running = "running"
    paused = "paused"
    done = "done"
    superseded = "superseded"


class Phase(StrEnum):
    """Where a wave stands."""

    waiting = "waiting"
    approved = "approved"  # somebody agreed that it may begin
    running = "running"
    soaking = "soaking"
    done = "done"
    reverted = "reverted"


class State(StrEnum):
    """Where a repository stands in a wave."""

    pending = "pending"
    prepared = "prepared"  # the commit is known, and may have been pushed
    published = "published"
    merged = "merged"
    declined = "declined"  # somebody closed the pull request
    nothing = "nothing"  # it is there already
    waived = "waived"  # its owner said: not until
    foreign = "foreign"  # not ours
    archived = "archived"
    gone = "gone"
    unreachable = "unreachable"
    failed = "failed"


# what is left to do in a wave; the rest is settled, and is never done twice
OPEN = frozenset(
    {State.pending, State.prepared, State.waived, State.gone, State.unreachable, State.failed}
)
FAILED = frozenset({State.gone, State.unreachable, State.failed})
PROPOSED = frozenset({State.published, State.merged, State.declined})
