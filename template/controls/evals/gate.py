"""Says what a set's verdict is for the tree as it is now, running it only where nobody has.

A stored report counts when its inputs are today's, to the byte, and it judged the whole set by at
least the set's own floor. Anything else is run again.
"""

from pathlib import Path

from controls.errors import ControlsError
from controls.evals import inputs, options, report, sets
from controls.evals.cases import EvalSet

ALWAYS = ("smoke_v1",)
FULL = ("redteam_v1", "policy_v1")
FULL_TIER = 2


def required(root: Path, tier: int) -> tuple[str, ...]:
    """Return the sets that must pass at `tier`: the owner's gated ones, from tier 2 on all of them.

    The sets that the tier itself asks for are always named, also where somebody has removed them or
    set `gated: false`: a gate that can be emptied is none.
    """
    always = ALWAYS if tier < FULL_TIER else ALWAYS + FULL
    rooms = sets.ROOMS[:1] if tier < FULL_TIER else sets.ROOMS
    found = [loaded.name for loaded in sets.gated(root, rooms)]
    return tuple(dict.fromkeys([*always, *found]))


def current(root: Path, name: str) -> dict[str, object]:
    """Return the report (as JSON data) of the set `name` for today's tree.

    Raises:
        ControlsError: when the set is unknown or malformed, or the run cannot begin.
    """
    evals = sets.load(root, name)
    stored = _stored(root, name)
    if stored and _covers(stored, evals) and stored.get("inputs_sha256") == inputs.sha256(root):
        return stored
    from controls.evals.main import run  # noqa: PLC0415  its libraries take a second to import

    return report.data(run(root, options.parse(["--set", name], {})))


def _stored(root: Path, name: str) -> dict[str, object] | None:
    try:
        return report.last(root, name)
    except ControlsError:
        return None  # what cannot be read is no evidence: run it again


def _covers(stored: dict[str, object], evals: EvalSet) -> bool:
    """Say whether the report judged the whole set; a failure at a higher floor is judged again."""
    whole = stored.get("complete") is True and stored.get("cases") == len(evals.cases)
    return whole and (stored.get("exit") == 0 or stored.get("floor") == evals.min_pass)
