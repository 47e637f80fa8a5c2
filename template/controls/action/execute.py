"""Does an act that two people agreed to, and undoes it. The order of the steps is the control.

Nothing of the tool runs here: what is written are the bytes that the dry run gave and the approvers
saw. Each step before the intent may refuse; after it the act is done, or undone at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opentelemetry.trace import Span

from controls.action import (
    consent,
    effect,
    files,
    lock,
    production,
    proposal,
    rollback,
    spans,
    tools,
    trail,
)
from controls.action.consent import Counted
from controls.action.effect import Contents
from controls.action.files import Files
from controls.action.proposal import Action
from controls.action.rollback import Artifact
from controls.action.tools import Tool
from controls.action.trail import Told
from controls.audit.entry import Act, Entry
from controls.audit.intent import intent
from controls.errors import ControlsError
from controls.gateway import override, stop
from controls.gateway.refusal import Refused
from controls.run import Run
from controls.tracing import semconv


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was done, or would have been; `seq` is its intent in the audit trail."""

    action: Action
    counted: Counted
    artifact: Artifact
    seq: int | None


def execute(run: Run, name: str, *, dry_run: bool = False) -> Done:
    """Do the act `name`, or, with `dry_run`, everything but the act.

    Raises:
        Refused: when calls are stopped or production is not ready; the act, its approvals, the
            trail or the state are not as agreed; or the rollback was not proven. Nothing has
            changed then.
        ControlsError: when the intent cannot be recorded, and nothing has changed; or the disk
            failed in the middle, and what was written is put back.
    """
    action = proposal.load(run.root, name)
    with (
        spans.use(run, action.tool, action.arguments, dry_run=dry_run) as span,
        lock.held(run.root),
    ):
        stop.refuse(run.root)
        production.refuse(run, action.tool)
        now = _once(run, action)
        known = _still_allowed(run, action, now)
        span.set_attribute(semconv.TOOL_EFFECT, tools.WRITE)
        counted = consent.require(run.root, action, now)
        span.set_attribute(semconv.APPROVAL_ID, [each.id for each in counted.given])
        before, contents = _as_agreed(run.root, action, known), effect.load(run.root, action)
        files.within({path: text or b"" for path, text in contents.items()}, known.writes)
        artifact = rollback.keep(run.root, action, before)
        rollback.rehearse(artifact, action, before, effect.applied(before, contents))
        span.set_attribute(semconv.ROLLBACK_REF, artifact.ref)
        stop.refuse(run.root)  # again: it may have been thrown while all this was proven
        ready = Done(action, counted, artifact, None)
        done = ready if dry_run else replace(ready, seq=_act(run, span, ready, contents))
        spans.ended(run, span, semconv.ANSWERED)
        return done


def roll_back(run: Run, name: str, reason: str) -> Done:
    """Put back what the act `name` changed; it is done while calls are stopped, too.

    Raises:
        Refused: when the act was not done, its artifact is not the one that was proven, or somebody
            changed a file since.
        ControlsError: when the intent cannot be recorded; nothing has changed then.
    """
    action = proposal.load(run.root, name)
    with (
        spans.use(run, action.tool, action.arguments, dry_run=False) as span,
        lock.held(run.root),
    ):
        done = _done(trail.of(run.root, action.digest), action)
        artifact = _proven(run.root, action, done)
        span.set_attribute(semconv.APPROVAL_ID, [*_texts(done.facts.get("approvals"))])
        folders = {str(Path(change.path).parent) for change in action.changes}
        now = files.read(run.root, sorted(folders))
        then = artifact.undone(now, action.changes)
        if then == now:
            raise Refused(f"act {action.id} is rolled back already", rule=rollback.RULE)
        span.set_attribute(semconv.TOOL_EFFECT, tools.WRITE)
        span.set_attribute(semconv.ROLLBACK_REF, artifact.ref)
        facts = {**_facts(run, action, artifact), "reason": reason}
        with intent(run.root, Act(trail.UNDONE, run.data_class, facts)) as receipt:
            span.set_attribute(semconv.AUDIT_SEQ, receipt.seq)
            _write(run.root, artifact.before)
        spans.ended(run, span, semconv.ANSWERED)
        return Done(action, Counted((), ()), artifact, receipt.seq)


def _still_allowed(run: Run, action: Action, now: datetime) -> Tool:
    if action.repository != run.manifest.name:
        raise Refused(f"act {action.id} is of repository {action.repository!r}", rule=tools.RULE)
    allowed = tools.load(run.root)
    ends, longest = proposal.ends(action.expires), timedelta(hours=allowed.approval_hours)
    if ends is None or ends <= now:
        raise Refused(f"act {action.id} expired at {action.expires}", "propose it again", "expired")
    if ends > now + longest:
        raise Refused(
            f"act {action.id} ends at {action.expires}:"
            f" {allowed.approval_hours} hours are the most",
            "propose it again",
            "expired",
        )
    aside = override.given(run.root, action.run)
    if aside is not None:
        raise Refused(
            f"run {action.run}, which proposed act {action.id}, was set aside",
            f"entry {aside} of the audit trail says by whom and why",
            override.KIND,
        )
    known = allowed.get(action.tool)
    tools.effect_of(run.manifest, known)
    tools.check(known, dict(action.arguments))
    if known.sha256(run.root, allowed.limits) != action.rules:
        raise Refused(
            f"tool {known.name!r} is not what it was when act {action.id} was proposed",
            "propose it again",
            tools.RULE,
        )
    return known


def _once(run: Run, action: Action) -> datetime:
    """Return the time by which to judge an act that was proposed here and never done.

    A clock that went back does not turn time back: it is never earlier than the trail's last entry.
    """
    trail.whole(run)
    told = trail.of(run.root, action.digest)
    if told.done is not None:
        raise Refused(
            f"act {action.id} was done before: entry {told.done.seq} of the audit trail,"
            f" {told.done.at}",
            "approvals count once: propose it again",
            "replay",
        )
    if told.proposed is None:
        raise Refused(
            f"act {action.id} was not proposed here: no entry of the audit trail says so",
            "an act is done where it was proposed, and nowhere else: propose it here",
            "replay",
        )
    now = datetime.now(UTC)
    return max(now, told.latest or now)


def _as_agreed(root: Path, action: Action, known: Tool) -> Files:
    before = files.read(root, known.writes)
    if files.sha256(before) != action.before:
        raise Refused(
            f"what act {action.id} starts from has changed since it was proposed",
            "propose it again",
            "state",
        )
    return before


def _act(run: Run, span: Span, done: Done, contents: Contents) -> int:
    told = {
        **_facts(run, done.action, done.artifact),
        "approvals": [each.id for each in done.counted.given],
        "approvers": [each.person.handle for each in done.counted.given],
    }
    with intent(run.root, Act(trail.DONE, run.data_class, told)) as receipt:
        span.set_attribute(semconv.AUDIT_SEQ, receipt.seq)
        try:
            _write(run.root, contents)
        except OSError as error:
            raise _put_back(run.root, done, error) from error
        return receipt.seq


def _put_back(root: Path, done: Done, error: OSError) -> ControlsError:
    """Undo what was written of an act that failed in the middle, and return what to say of it."""
    name, why = done.action.id, f"{error.filename}: {error.strerror}"
    try:
        _write(root, done.artifact.before)
    except OSError as again:
        return ControlsError(
            f"act {name} failed half way ({why}) and could not be put back:"
            f" {again.filename}: {again.strerror}",
            f"python -m controls action rollback {name} --reason WHY",
        )
    return ControlsError(f"act {name} was put back: {why}")


def _facts(run: Run, action: Action, artifact: Artifact) -> Mapping[str, object]:
    return {
        "action": action.digest,
        "tool": action.tool,
        "arguments": spans.args_sha256(run, action.arguments),
        "rollback": artifact.ref,
        "run": run.id,
        "environment": run.environment,
        "by": run.attributes.get(semconv.USER, ""),
    }


def _done(told: Told, action: Action) -> Entry:
    if told.done is None:
        raise Refused(f"act {action.id} was never done", rule=rollback.RULE)
    return told.done


def _texts(found: object) -> tuple[str, ...]:
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _proven(root: Path, action: Action, done: Entry) -> Artifact:
    artifact = rollback.load(root, action)
    if artifact.ref != done.facts.get("rollback"):
        raise Refused(
            f"the rollback artifact of act {action.id} is not the one that was proven",
            f"entry {done.seq} of the audit trail names another",
            rollback.RULE,
        )
    return artifact


def _write(root: Path, contents: Contents) -> None:
    """Write each file; what goes goes first, for a file may come where a folder was."""
    for path, content in sorted(contents.items(), key=lambda each: each[1] is not None):
        files.put(root, path, content)
