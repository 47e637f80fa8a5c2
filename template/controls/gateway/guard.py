"""Applies the defences that the run's tier asks for, before and after a call.

Which text is unsafe is decided by `safety` and `injection`. A defence that the tier asks for and
that is not installed is a refusal, never a step left out.
"""

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING

from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponsePart, TextPart
from pydantic_ai.models import ModelRequestParameters

from controls.gateway import caps, prompt, safety, sources
from controls.gateway.caps import Fitted
from controls.gateway.refusal import Refused
from controls.gateway.signals import Filtered, Signal
from controls.policy.data import PolicyData

if TYPE_CHECKING:
    from controls.run import Run

FILTERED_TIER = 1
DEFENDED_TIER = 2


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prompt that may be sent, with what was noticed on the way."""

    fitted: Fitted
    parameters: ModelRequestParameters
    signals: tuple[Signal, ...]

    @property
    def messages(self) -> list[ModelMessage]:
        """The history to send."""
        return self.fitted.messages


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer that may leave, with what was noticed in it."""

    response: ModelResponse
    text: str
    signals: tuple[Signal, ...]
    blocked: bool


def limit(run: "Run") -> None:
    """Count the call against the limits of its user and workspace.

    Raises:
        LimitRefused: when one is used up.
        Refused: when the tier asks for limits and there are none.
    """
    if run.manifest.tier < DEFENDED_TIER or run.cap is not None:
        return
    limits = _part("limits")
    rates = run.manifest.limits.get("requests_per_minute", {})
    names = {"user": run.user, "workspace": run.workspace}
    missing = [scope for scope in names if scope not in rates]
    if missing:
        raise Refused(
            f"spec.limits.requests_per_minute has no {missing[0]!r}",
            hint="set it in ai-workflow.yaml: tier 2 limits each user and workspace",
            rule="limits",
        )
    limits.take(run.root, [limits.Limit(s, names[s] or "", rates[s]) for s in names])


def prepare(
    run: "Run",
    data: PolicyData,
    messages: Sequence[ModelMessage],
    parameters: ModelRequestParameters,
) -> Prepared:
    """Return the prompt cleaned and cut as the tier asks.

    Raises:
        Refused: when it cannot be metered, or a defence is missing.
    """
    noticed: tuple[Signal, ...] = ()
    history = list(messages)
    if run.manifest.tier >= DEFENDED_TIER:
        injection = _part("injection")
        cleaned = injection.clean(history, {source.digest for source in run.trail.sources})
        history, noticed = cleaned.messages, cleaned.signals
        parameters = injection.with_canary(history, parameters, injection.canary(run.id))
    fitted = caps.fit(history, parameters, data.caps(run.manifest.tier))
    return Prepared(fitted, parameters, (*noticed, *fitted.signals))


def check(run: "Run", data: PolicyData, sent: Prepared, response: ModelResponse) -> Checked:
    """Return `response` as it may leave.

    Raises:
        Refused: when a defence is missing.
    """
    said = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    filtered = _filtered(run, data, sent, said)
    text = filtered.text
    if filtered.blocked:
        kept = replace(response, parts=[TextPart(text)], finish_reason="content_filter")
    else:
        kept = response if text == said else replace(response, parts=list(_with(response, text)))
    return Checked(kept, text, filtered.signals, filtered.blocked)


def _filtered(run: "Run", data: PolicyData, sent: Prepared, said: str) -> Filtered:
    noticed: tuple[Signal, ...] = ()
    if run.manifest.tier >= DEFENDED_TIER:
        injection = _part("injection")
        retrieved = set(sources.ids(prompt.texts(sent.messages)))
        found = injection.check(said, retrieved, data.allowed_hosts, injection.canary(run.id))
        said, noticed = found.text, found.signals
        if found.blocked:
            return Filtered(said, noticed)
    if run.manifest.tier >= FILTERED_TIER:
        found = safety.apply(said, data.contacts)
        said, noticed = found.text, (*noticed, *found.signals)
    return Filtered(said, noticed)


def _with(response: ModelResponse, text: str) -> Iterable[ModelResponsePart]:
    told = False
    for part in response.parts:
        if not isinstance(part, TextPart):
            yield part
        elif not told:
            told = True
            yield replace(part, content=text)


def _part(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"controls.gateway.{name}")
    except ImportError as error:
        raise Refused(
            f"controls/gateway/{name}.py is missing, and this tier asks for it",
            hint=f"git checkout -- controls/gateway/{name}.py, or prooflane sync",
            rule=name,
        ) from error
