"""How access is controlled: who answers, who approves and has approved, and what holds a call back.

Names are cited from the manifest, approvals from what proves them. Nobody named is pending.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from controls.approvals import Approval, in_force, people
from controls.check.model import Context
from controls.evidence.claim import Citation, Claim, State
from controls.evidence.tree import Tree
from controls.manifest import NAME, Role
from controls.ownership import codeowners


def claims(context: Context, tree: Tree) -> Iterator[Claim]:
    """Yield who answers and approves, then the limits, tools and waivers.

    Raises:
        ControlsError: when git cannot tell the approvals.
    """
    yield from _owners(context, tree)
    yield from _roles(context, tree)
    yield from _approved(context, tree)
    yield from _limits(context, tree)
    yield from _tools(context, tree)
    yield from _waivers(context, tree)
    yield _forge(tree)


def _owners(context: Context, tree: Tree) -> Iterator[Claim]:
    manifest = context.manifest
    owner = tree.cite(NAME, manifest.line("spec", "owner"))
    yield _named(manifest.owner, "answers for this workflow", owner)
    for index, model in enumerate(manifest.models):
        line = manifest.line("spec", "models", index, "owner")
        yield _named(model.owner, f"answers for the model {model.ref}", tree.cite(NAME, line))


def _named(who: str | None, does: str, cited: tuple[Citation, ...]) -> Claim:
    state = State.declared if who else State.pending
    return Claim(f"{who or 'nobody yet'} {does}", state, cited)


def _roles(context: Context, tree: Tree) -> Iterator[Claim]:
    manifest = context.manifest
    for index, role in enumerate(manifest.approvals):
        named = people.named(role)
        who = ", ".join(f"{person.name} ({person.handle})" for person in named) or "nobody yet"
        paths = ", ".join(role.paths) or "*"
        text = f"role {role.role} approves {paths}, {role.threshold} of: {who}"
        state = State.declared if len(named) >= role.threshold else State.pending
        line = manifest.line("spec", "approvals", index)
        yield Claim(text, state, tree.cite(NAME, line))


def _approved(context: Context, tree: Tree) -> Iterator[Claim]:
    """Yield who approved the newest commit for each role of the tier, or that nobody did."""
    moment = datetime.combine(context.today, time.max, UTC)
    found = [one for one in in_force(context.root, at=moment) if tree.head in one.revisions]
    roles = {role.role: role for role in context.manifest.approvals}
    for name in context.catalogue.tier(context.manifest.tier).roles:
        own = [one for one in found if one.role == name]
        yield from (_approval(one, tree) for one in own)
        need = max((one.threshold for one in own), default=_needed(roles.get(name)))
        if len({one.principal for one in own}) < need:
            line = context.manifest.line("spec", "approvals")
            text = f"no approval in force of role {name!r} for commit {tree.head[:12] or 'none'}"
            yield Claim(text, State.pending, tree.cite(NAME, line))


def _approval(one: Approval, tree: Tree) -> Claim:
    text = (
        f"{one.name} ({one.principal}) approved commit {tree.head[:12]} as {one.role}, by "
        f"{one.evidence}, from {one.since:%Y-%m-%d %H:%M} until {one.until:%Y-%m-%d %H:%M} UTC"
    )
    cited = tuple(
        citation
        for path in (one.file, f"{one.file.removesuffix('.json')}.sig", one.decision)
        for citation in tree.cite(path)
    )
    return Claim(text, State.ok, cited, notes=(f"tree {one.tree}", f"brought by {one.commit}"))


def _needed(role: Role | None) -> int:
    return role.threshold if role else 1


def _limits(context: Context, tree: Tree) -> Iterator[Claim]:
    manifest = context.manifest
    for scope, budget in manifest.budgets.items():
        line = manifest.line("spec", "budgets", scope)
        text = f"a {scope} may spend at most ${budget['hard']:g} a month"
        yield Claim(text, State.declared, tree.cite(NAME, line))
    for scope, number in manifest.limits.get("requests_per_minute", {}).items():
        line = manifest.line("spec", "limits", "requests_per_minute", scope)
        text = f"a {scope} may ask at most {number} times a minute"
        yield Claim(text, State.declared, tree.cite(NAME, line))


def _tools(context: Context, tree: Tree) -> Iterator[Claim]:
    manifest = context.manifest
    for index, tool in enumerate(manifest.tools):
        text = f"tool {tool.name!r} may be called; its effect: {tool.side_effect}"
        yield Claim(text, State.declared, tree.cite(NAME, manifest.line("spec", "tools", index)))
    if not manifest.tools:
        line = manifest.line("spec", "tools")
        yield Claim("no tool may be called", State.declared, tree.cite(NAME, line))


def _waivers(context: Context, tree: Tree) -> Iterator[Claim]:
    manifest = context.manifest
    for index, waiver in enumerate(manifest.waivers):
        line = manifest.line("spec", "waivers", index)
        text = f"{waiver.control} is waived by {waiver.approver} until {waiver.expires}"
        cited = (*tree.cite(NAME, line), *tree.cite(waiver.decision))
        yield Claim(f"{text}: {waiver.reason}", State.pending, cited)


def _forge(tree: Tree) -> Claim:
    cited = next(filter(None, map(tree.cite, (*codeowners.PATHS, NAME))), ())
    text = "which protections of the forge are live is not in the repository"
    return Claim(text, State.unseen, cited, notes=("GH_TOKEN=… make doctor asks the forge",))
