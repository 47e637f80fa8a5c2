"""Projects a call onto the facts that the policy reads, a refusal onto a person's sentence.

Decides nothing. A fact that cannot be established is the one that denies: an unreadable record is
no record, a role without enough people is not filled.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from controls.approvals import people
from controls.decisions import record
from controls.errors import ControlsError
from controls.manifest import NAME, Endpoint, Manifest
from controls.policy.decision import Decision, Reason
from controls.policy.facts import Caller, Facts, Request, Target

if TYPE_CHECKING:
    from controls.run import Run

EMBEDDED = "embedded"
PROMPT, TRACE = "prompt", "trace"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call would happen, on which data, how it stands to limits, what will be recorded."""

    environment: str
    data_class: str
    request: Request
    logging: tuple[str, ...]


def facts(run: "Run", endpoint: Endpoint, request: Request, *, priced: bool) -> Facts:
    """Return the facts about a call of `run` to `endpoint`."""
    caller = Caller(run.workspace or "", run.team, run.feature, user_known=bool(run.user))
    target = of_endpoint(run.root, endpoint, priced=priced)
    place = Place(run.environment, run.data_class, request, records(run))
    return assemble(run.manifest, place, caller, target)


def assemble(manifest: Manifest, place: Place, caller: Caller, endpoint: Target) -> Facts:
    """Return the facts that these values amount to."""
    return Facts(
        action="model.call",
        environment=place.environment,
        tier=manifest.tier,
        lifecycle=manifest.lifecycle,
        audience=manifest.audience,
        oversight=manifest.oversight,
        owner_named=bool(manifest.owner),
        approvers_named=_approvers_named(manifest),
        data_class=place.data_class,
        caller=caller,
        endpoint=endpoint,
        request=place.request,
        logging=place.logging,
    )


def records(run: "Run") -> tuple[str, ...]:
    """Return what a call of `run` will leave a record of: its prompt, and itself on the trace."""
    known = {PROMPT: run.trail.prompt is not None, TRACE: run.root_span.is_recording()}
    return tuple(name for name, kept in known.items() if kept)


def of_endpoint(root: Path, endpoint: Endpoint, *, priced: bool) -> Target:
    """Return what the policy may know of `endpoint`."""
    return Target(
        ref=endpoint.ref,
        provider=endpoint.provider,
        owner_named=bool(endpoint.owner),
        allowed_data=endpoint.allowed_data,
        priced=priced,
        recorded=endpoint.provider != EMBEDDED and recorded(root, endpoint.ref),
    )


def recorded(root: Path, ref: str) -> bool:
    """Say whether a complete decision record covers the manifest and names the model `ref`."""
    return any(_names(root, path, ref) for path in record.names(root))


def refusal(decision: Decision, manifest: Manifest, ref: str) -> tuple[str, str]:
    """Return why `ref` was refused in one sentence with the manifest's line, and its hint."""
    told = [_told(reason, manifest, ref) for reason in decision.reasons]
    hints = dict.fromkeys(reason.hint for reason in decision.reasons if reason.hint)
    return f"the policy refuses {ref!r}: {'; '.join(told)}", "; ".join(hints)


def _told(reason: Reason, manifest: Manifest, ref: str) -> str:
    index = next((i for i, model in enumerate(manifest.models) if model.ref == ref), None)
    if reason.rule == "matrix" and index is not None:
        line = manifest.line("spec", "models", index, "allowed_data")
        return f"{reason.message} ({NAME}:{line} spec.models[{index}].allowed_data)"
    return f"{reason.message} ({reason.path})" if reason.path else reason.message


def _names(root: Path, path: str, ref: str) -> bool:
    try:
        found = record.read(root, path)
    except ControlsError:
        return False
    told = " ".join(text for _, text in found.answers.values())
    return found.covers(NAME) and not found.empty_sections() and ref in f"{found.title} {told}"


def _approvers_named(manifest: Manifest) -> bool:
    enough = all(len(people.named(role)) >= role.threshold for role in manifest.approvals)
    lonely = manifest.tier >= people.STRICT and bool(people.alone(manifest))
    return bool(manifest.approvals) and enough and not lonely
