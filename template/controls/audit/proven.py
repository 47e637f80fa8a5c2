"""The whole question of `audit verify`: the trail by itself, and against the checkpoints."""

from dataclasses import dataclass
from pathlib import Path

from controls.audit import read, verify, witness
from controls.audit.verify import Verdict
from controls.audit.witness import Testimony, Witness
from controls.errors import ControlsError
from controls.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Proven:
    """What was found; whole when `problems` is empty."""

    verdict: Verdict
    testimony: Testimony
    problems: tuple[str, ...]

    @property
    def covered(self) -> int:
        """How many entries a committed checkpoint speaks of."""
        return max((each.checkpoint.entries for each in self.own), default=0)

    @property
    def own(self) -> tuple[Witness, ...]:
        """The committed checkpoints of this very trail."""
        trail = self.verdict.trail
        return tuple(each for each in self.testimony.committed if each.checkpoint.trail == trail)

    @property
    def elsewhere(self) -> str:
        """What is to be said where others are committed and none is of this trail, else nothing."""
        others = self.testimony.committed
        if not others or self.own:
            return ""
        return (
            f"{others[-1].path} is of another trail: this is not the machine that it was made on,"
            " or its trail was replaced"
        )


def prove(root: Path, manifest: Manifest) -> Proven:
    """Return what trail and checkpoints prove together.

    Raises:
        ControlsError: when there is no trail, and with status 1 when there must have been one.
    """
    testimony = witness.call(root)
    if not read.exists(root) and testimony.witnesses:
        last = testimony.witnesses[-1]
        raise ControlsError(
            f"the audit trail is gone: {last.path} speaks of {last.checkpoint.entries} entries",
            "restore .aiwf/audit from a copy",
            status=1,
        )
    found = verify.verify(root, testimony.sizes)
    against = witness.judge(root, manifest, testimony, found)
    return Proven(found, testimony, (*found.problems, *against))
