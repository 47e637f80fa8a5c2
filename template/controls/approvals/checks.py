"""APR-1: the named roles of the tier approved exactly this tree. The rule itself is in `rule`."""

from controls.approvals import rule, ssh, tree
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError


def approved(context: Context) -> Outcome:
    """Return ok when each role of the tier signed, pending while one has not.

    `n` counts the roles that the catalogue asks of the tier.
    """
    tiers = context.catalogue.tiers
    roles = next(row.roles for row in tiers if row.tier == context.manifest.tier)
    if not ssh.installed():
        finding = Finding(
            f"{ssh.PROGRAM} is not installed", hint=f"install the package {ssh.PACKAGE!r}"
        )
        return Outcome.pending(len(roles), "no signature could be verified", finding)
    try:
        found = rule.review(context.root, context.manifest, roles, context.today)
    except ControlsError as error:
        return Outcome.failed(0, "no tree to approve", Finding(error.message, hint=error.hint))
    missing = tuple(finding for standing in found.standings for finding in standing.pending)
    if found.wrong:
        return Outcome.failed(len(roles), f"{tree.FOLDER}/", *found.wrong)
    if missing:
        return Outcome.pending(len(roles), f"tree {found.tree[:12]}", *missing)
    return Outcome.ok(len(roles), f"{tree.FOLDER}/ for tree {found.tree[:12]}")
