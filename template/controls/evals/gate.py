"""Says what a set's verdict is for the tree as it is now, running it only where nobody has.

A stored report counts when its inputs are today's, to the byte, it judged the whole set by at least
the set's own floor, and what it left out may be left out today. Anything else is run again, a run
that came to no verdict too.
"""

from datetime import UTC, date, datetime
from pathlib import Path

from controls.errors import ControlsError
from controls.evals import inputs, options, quarantine, report, sets
from controls.evals.cases import EvalSet
from controls.evals.verdict import FAILED, PASS

ALWAYS = ("smoke_v1",)
FULL = ("redteam_v1", "policy_v1")
FULL_TIER = 2
FAIR = ("bias_v1",)
FAIR_TIER = 3


def required(root: Path, tier: int) -> tuple[str, ...]:
    """Return the sets that must pass at `tier`: the owner's gated ones, from tier 2 on all of them.

    The sets that the tier itself asks for are always named, also where somebody has removed them or
    set `gated: false`: a gate that can be emptied is none.
    """
    always = ALWAYS + (FULL if tier >= FULL_TIER else ()) + (FAIR if tier >= FAIR_TIER else ())
    rooms = sets.ROOMS[:1] if tier < FULL_TIER else sets.ROOMS
    found = [loaded.name for loaded in sets.gated(root, rooms)]
    return tuple(dict.fromkeys([*always, *found]))


def current(root: Path, name: str, today: date | None = None) -> dict[str, object]:
    """Return the report (as JSON data) of the set `name` for today's tree.

    Raises:
        ControlsError: when the set is unknown or malformed, or the run cannot begin.
    """
    evals = sets.load(root, name)
    stored = _stored(root, name)
    if stored and _covers(stored, evals, today) and stored["inputs_sha256"] == inputs.sha256(root):
        return stored
    from controls.evals.main import run  # noqa: PLC0415  its libraries take a second to import

    # its own floor, named: a set that somebody switched to "reported" is judged all the same
    asked = ["--set", name, "--min-pass", str(evals.min_pass)]
    return report.data(run(root, options.parse(asked, {})))


def stale(root: Path, stored: dict[str, object]) -> bool:
    """Say whether a stored report is about another tree than today's."""
    return stored.get("inputs_sha256") != inputs.sha256(root)


def _stored(root: Path, name: str) -> dict[str, object] | None:
    try:
        return report.last(root, name)
    except ControlsError:
        return None  # what cannot be read is no evidence: run it again


def _covers(stored: dict[str, object], evals: EvalSet, today: date | None) -> bool:
    """Say whether the report judged the whole set; a failure at a higher floor is judged again."""
    whole = stored.get("complete") is True and stored.get("cases") == len(evals.cases)
    excused = quarantine.of(evals, today or datetime.now(UTC).date()).ids
    same = stored.get("quarantined") == sorted(excused) and stored.get("gated") is True
    at_floor = stored.get("exit") == FAILED and stored.get("floor") == evals.min_pass
    return whole and same and (stored.get("exit") == PASS or at_floor)
