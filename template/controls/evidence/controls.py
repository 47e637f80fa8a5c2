"""Each control of the tier as a claim: its state, what its checks looked at, what implements it."""

from collections.abc import Iterable, Iterator

from controls.catalogue import Control
from controls.check.model import Context, Finding, Outcome
from controls.check.summary import Summary
from controls.evidence.claim import Citation, Claim, State
from controls.evidence.tree import Tree
from controls.manifest import NAME

# The question that a family of controls helps to answer; the rest is in the list of all controls.
FAMILIES = {
    "data": ("DAT", "RET", "SEC", "SAF", "INJ"),
    "access": ("OWN", "APR", "REV", "RAT", "CST", "TWO", "TOL", "SBX", "OVR", "SUP", "TPL"),
    "logging": ("LOG", "AUD", "DEC", "DIS", "RBK", "DRF"),
}


def claims(context: Context, summary: Summary, tree: Tree) -> tuple[Claim, ...]:
    """Return a claim for each control that the tier requires, in the catalogue's order.

    A control none of whose checks ran is "not looked at", never ok.
    """
    results = {result.control.id: result.outcome for result in summary.results}
    return tuple(
        _claim(control, tree, results[control.id].state.value, _notes(results[control.id]))
        if control.id in results
        else _claim(control, tree, State.unseen.value, ("its checks did not run",))
        for control in context.catalogue.of(context.manifest.tier)
    )


def of(question: str, found: Iterable[Claim]) -> Iterator[Claim]:
    """Yield those of `found` that help to answer `question`."""
    return (claim for claim in found if claim.control.partition("-")[0] in FAMILIES[question])


def _claim(control: Control, tree: Tree, state: str, notes: tuple[str, ...]) -> Claim:
    cited = tuple(one for path in control.files for one in tree.cite(path))
    checks = ", ".join(check.run for check in control.checks)
    return Claim(
        f"{control.title}: {control.why}",
        State(state),
        _manifest(cited, tree),
        control.id,
        (*notes, f"checked by {checks}"),
    )


def _manifest(cited: tuple[Citation, ...], tree: Tree) -> tuple[Citation, ...]:
    """Return `cited`, or the manifest where none of the control's files is there."""
    return cited or tree.cite(NAME)


def _notes(outcome: Outcome) -> tuple[str, ...]:
    looked = f"n = {outcome.n}, {outcome.evidence}" if outcome.evidence else f"n = {outcome.n}"
    return (looked, *map(_finding, outcome.findings))


def _finding(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}: " if finding.line else ""
    return f"{place}{finding.message}"
