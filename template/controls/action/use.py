"""The way of every tool: allowed, its arguments allowed, run in the sandbox on a copy.

A tool that only reads is done then. What a tool that writes would change becomes a proposal: it is
done later, if two people agree (`execute.py`). No tool ever changes anything by itself.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from opentelemetry.trace import Span

from controls.action import effect, files, production, proposal, sandbox, spans, tools, trail
from controls.action.proposal import Action
from controls.action.sandbox import Order
from controls.action.tools import Allowed, Tool
from controls.gateway import stop
from controls.run import Run, Used
from controls.tracing import semconv


def tool(run: Run, name: str, arguments: Mapping[str, object]) -> Used:
    """Return what the tool `name` says to `arguments`; what it would change is only proposed.

    Raises:
        Refused: when calls are stopped or production is not ready, tool or arguments are not
            allowed, or it fails in there.
        ControlsError: when the list of tools is malformed, or the audit trail cannot be written.
    """
    with spans.use(run, name, arguments, dry_run=True) as span:
        stop.refuse(run.root)
        production.refuse(run, name)
        allowed = tools.load(run.root)
        known = allowed.get(name)
        kind = tools.effect_of(run.manifest, known)
        span.set_attribute(semconv.TOOL_EFFECT, kind)
        used = _used(run, allowed, known, tools.check(known, dict(arguments)))
        spans.ended(run, span, semconv.ANSWERED)
        if used.action:
            _proposed(run, span, used.action)
        return used


def _used(run: Run, allowed: Allowed, known: Tool, arguments: Mapping[str, object]) -> Used:
    rules = known.sha256(run.root, allowed.limits)
    before = files.read(run.root, known.writes)
    ran = sandbox.run(
        Order(
            name=known.name,
            program=known.source(run.root),
            arguments=arguments,
            files={**files.read(run.root, known.reads), **before},
            writes=known.writes,
            limits=allowed.limits,
        ),
        lambda: stop.refuse(run.root),
    )
    after = files.within(ran.files, known.writes)
    changes = files.changes(before, after)
    if not changes:
        return Used(ran.said, None)
    action = Action(
        repository=run.manifest.name,
        tool=known.name,
        arguments=arguments,
        rules=rules,
        before=files.sha256(before),
        changes=changes,
        run=run.id,
        expires=proposal.moment(datetime.now(UTC), allowed.approval_hours),
        nonce=proposal.nonce(),
    )
    proposal.keep(run.root, action)
    effect.keep(run.root, action, after)
    return Used(ran.said, action)


def _proposed(run: Run, span: Span, action: Action) -> None:
    facts = {
        "action": action.digest,
        "tool": action.tool,
        "arguments": spans.args_sha256(run, action.arguments),
        "expires": action.expires,
    }
    span.set_attribute(semconv.AUDIT_SEQ, trail.note(run, trail.PROPOSED, facts))
