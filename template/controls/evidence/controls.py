"""Each control of the tier as a claim: its state, what its checks looked at, what implements it."""

from collections.abc import Iterable, Iterator

from controls.catalogue import Control
from controls.check.model import Context, Finding, Outcome
from controls.check.summary import Summary
from controls.evidence.claim import Claim, State
from controls.evidence.tree import Tree
from controls.manifest import NAME

# The question that a family of controls helps to answer; the rest is in the list of all controls.
FAMILIES = {
    "data": ("DAT", "RET", "SEC", "SAF", "INJ"),
    "access": ("OWN", "APR", "REV", "RAT", "CST", "TWO", "TOL", "SBX", "OVR", "SUP", "TPL"),
    "logging": ("LOG", "AUD", "DEC", "DIS", "RBK", "DRF"),
}


def claims(
    context: Context, summary: Summary, kinds: frozenset[str], tree: Tree
) -> tuple[Claim, ...]:
    """Return a claim for each control that the tier requires, in the catalogue's order.

    A control one of whose checks did not run is "not looked at", never ok.
    """
    results = {result.control.id: result.outcome for result in summary.results}
    return tuple(
        _claim(control, results.get(control.id), kinds, tree)
        for control in context.catalogue.of(context.manifest.tier)
    )


def of(question: str, found: Iterable[Claim]) -> Iterator[Claim]:
    """Yield those of `found` that help to answer `question`."""
    return (claim for claim in found if claim.control.partition("-")[0] in FAMILIES[question])


def _claim(control: Control, outcome: Outcome | None, kinds: frozenset[str], tree: Tree) -> Claim:
    cited = tuple(one for path in control.files for one in tree.cite(path))
    state = State(outcome.state.value) if outcome else State.unseen
    unrun = tuple(check.run for check in control.checks if check.kind not in kinds)
    if unrun and state is State.ok:
        state = State.unseen
    ran = tuple(check.run for check in control.checks if check.kind in kinds)
    notes = (
        *(_notes(outcome) if outcome else ()),
        *([f"checked by {', '.join(ran)}"] if ran else []),
        *([f"did not run: {', '.join(unrun)}"] if unrun else []),
    )
    text = f"{control.title}: {control.why}"
    return Claim(text, state, cited or tree.cite(NAME), control.id, notes)


def _notes(outcome: Outcome) -> tuple[str, ...]:
    looked = f"n = {outcome.n}, {outcome.evidence}" if outcome.evidence else f"n = {outcome.n}"
    return (looked, *map(_finding, outcome.findings))


def _finding(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}: " if finding.line else ""
    return f"{place}{finding.message}"
