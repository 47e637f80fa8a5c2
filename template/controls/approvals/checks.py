"""APR-1: the named roles of the tier approved exactly this tree. The rule itself is in `rule`."""

from collections.abc import Iterator

from controls.approvals import asked, people, rule, ssh, subject, tree
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.manifest import NAME


def approved(context: Context) -> Outcome:
    """Return ok when each role of the tier approved, pending while one has not.

    Signatures in the tree count everywhere; reviews where a CI job was given the forge's token.
    `n` counts the roles that the catalogue asks of the tier.
    """
    roles = context.catalogue.tier(context.manifest.tier).roles
    try:
        found = subject.here(context.root, context.manifest, context.base)
        found = found.proposed(*asked.proposals(context.root, found))
    except ControlsError as error:
        return Outcome.failed(0, "no tree to approve", Finding(error.message, hint=error.hint))
    if not ssh.installed():
        return Outcome.pending(len(roles), "no signature could be verified", _install())
    return outcome(found, context, rule.review(found, context.manifest, roles, context.today))


def outcome(found: subject.Subject, context: Context, review: rule.Review) -> Outcome:
    """Return what `review` amounts to, a project of one person included."""
    n = len(review.standings)
    lonely = tuple(_lonely(context, found))
    if review.wrong:
        return Outcome.failed(n, f"{tree.FOLDER}/", *review.wrong)
    if review.missing or lonely:
        evidence = f"tree {review.tree[:12]}"
        return Outcome.pending(n, evidence, *lonely, *review.missing)
    kinds = sorted({one.kind for standing in review.standings for one in standing.approved})
    return Outcome.ok(n, f"{' and '.join(kinds)} for tree {review.tree[:12]}")


def _lonely(context: Context, found: subject.Subject) -> Iterator[Finding]:
    person = people.alone(context.manifest)
    if person and found.strict:
        line = context.manifest.line("spec", "approvals")
        message = f"{person} owns the workflow and fills every role: nobody else can approve it"
        hint = f"tier {found.tier} runs in production only with a second person in spec.approvals"
        yield Finding(message, NAME, line, hint)


def _install() -> Finding:
    return Finding(f"{ssh.PROGRAM} is not installed", hint=f"install the package {ssh.PACKAGE!r}")
