"""Reads who may agree to acts, and which tools there are, off the tree; runs nothing of it.

What only shows when it is tried is proven in `drills.py`.
"""

from collections.abc import Sequence

from controls.action import consent, tools
from controls.action.tools import FILE, Allowed
from controls.approvals import people, ssh
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.manifest import NAME, Principal


def approvers(context: Context) -> Outcome:
    """TWO-1: two different people with a key are named who can agree to an act."""
    found: list[Principal] = []
    for role in context.manifest.approvals:
        for person in people.named(role):
            known = any(people.same(person, other) for other in found)
            if ssh.material(person.key) and not known:
                found.append(person)
    told = f"{len(found)} different people with a key in {NAME}"
    if len(found) >= consent.NEEDED:
        return Outcome.ok(len(found), told)
    line = context.manifest.line("spec", "approvals")
    hint = "name two in spec.approvals[].principals, each with an SSH public key"
    return Outcome.pending(
        len(found), told, Finding("no act can be done: two people must agree", NAME, line, hint)
    )


def listed(context: Context) -> Outcome:
    """TOL-1: each tool is in both lists, can do what the manifest says, and no more is open."""
    try:
        allowed = tools.load(context.root)
    except ControlsError as error:
        return Outcome.failed(1, FILE, Finding(error.message, FILE, 0, error.hint))
    found = [*_unlisted(context, allowed), *_unnamed(context, allowed), *_broken(context, allowed)]
    n = len({*allowed.tools, *(tool.name for tool in context.manifest.tools)})
    told = f"{n} tools of {FILE} and spec.tools compared, with programs and schemas"
    return _outcome(max(n, 1), told, found)


def _unlisted(context: Context, allowed: Allowed) -> list[Finding]:
    return [
        Finding(
            f"tool {tool.name!r} is not in {FILE}, so each use is refused",
            NAME,
            context.manifest.line("spec", "tools", index),
            f"add it to {FILE}, or take it out of spec.tools",
        )
        for index, tool in enumerate(context.manifest.tools)
        if tool.name not in allowed.tools
    ]


def _unnamed(context: Context, allowed: Allowed) -> list[Finding]:
    known = {tool.name for tool in context.manifest.tools}
    return [
        Finding(f"tool {name!r} is not in spec.tools of {NAME}", FILE, 0, "add it, or take it out")
        for name in allowed.tools
        if name not in known
    ]


def _broken(context: Context, allowed: Allowed) -> list[Finding]:
    found = []
    for tool in (allowed.tools[t.name] for t in context.manifest.tools if t.name in allowed.tools):
        try:
            tool.source(context.root)
            tools.effect_of(context.manifest, tool)
        except ControlsError as error:
            found.append(Finding(error.message, FILE, 0, error.hint))
    return found


def _outcome(n: int, evidence: str, found: Sequence[Finding]) -> Outcome:
    return Outcome.failed(n, evidence, *found) if found else Outcome.ok(n, evidence)
