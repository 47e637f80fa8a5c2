"""Applies the defences that the run's tier asks for, before and after a call.

Which text is unsafe is decided by `safety` and `injection`. A defence that the tier asks for and
that is not installed is a refusal, never a step left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponsePart, TextPart
from pydantic_ai.models import ModelRequestParameters

from controls.gateway import caps, defences, prompt, sources, tokens
from controls.gateway.caps import Fitted
from controls.gateway.defences import DEFENDED_TIER
from controls.gateway.outgoing import Filter
from controls.gateway.refusal import Refused
from controls.gateway.signals import Signal
from controls.policy.data import PolicyData

if TYPE_CHECKING:
    from controls.run import Run


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prompt that may be sent, with what was noticed on the way."""

    fitted: Fitted
    parameters: ModelRequestParameters
    signals: tuple[Signal, ...]
    secrets: tuple[str, ...] = ()  # what only the model was told, made for this run

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
    limits = defences.load("limits")
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
        Refused: when it cannot be metered or is no text, or a defence is missing.
    """
    tokens.encodable(tokens.texts(messages, parameters))
    noticed: tuple[Signal, ...] = ()
    secrets: tuple[str, ...] = ()
    history = list(messages)
    if run.manifest.tier >= DEFENDED_TIER:
        injection = defences.load("injection")
        cleaned = injection.clean(history, frozenset(run.trail.sources))
        history, noticed = cleaned.messages, cleaned.signals
        secrets = (injection.canary(run.id),)
        parameters = injection.with_canary(history, parameters, *secrets)
    fitted = caps.fit(history, parameters, data.caps(run.manifest.tier))
    return Prepared(fitted, parameters, (*noticed, *fitted.signals), secrets)


def filter_of(run: "Run", data: PolicyData, sent: Prepared) -> Filter:
    """Return the filter that the answer to `sent` passes.

    Raises:
        Refused: when a defence is missing.
    """
    defended = run.manifest.tier >= DEFENDED_TIER
    return Filter(
        tier=run.manifest.tier,
        contacts=data.contacts,
        hosts=data.allowed_hosts,
        retrieved=frozenset(sources.ids(prompt.texts(sent.messages))) if defended else frozenset(),
        canary=defences.load("injection").canary(run.id) if defended else "",
    )


def check(run: "Run", data: PolicyData, sent: Prepared, response: ModelResponse) -> Checked:
    """Return `response` as it may leave: its text as one, every other part by itself.

    Raises:
        Refused: when a defence is missing.
    """
    allowed = filter_of(run, data, sent)
    said = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    answer = allowed.answer(said)
    passed = {
        at: allowed.part(part)
        for at, part in enumerate(response.parts)
        if not isinstance(part, TextPart)
    }
    signals = (*answer.signals, *(s for each in passed.values() for s in each.found.signals))
    withheld = [answer, *(each.found for each in passed.values())]
    text = next((found.text for found in withheld if found.blocked), answer.text)
    blocked = any(found.blocked for found in withheld)
    if blocked:
        kept = replace(response, parts=[TextPart(text)], finish_reason="content_filter")
    else:
        parts = [passed[at].part if at in passed else p for at, p in enumerate(response.parts)]
        kept = replace(response, parts=parts if text == said else list(_with(parts, text)))
    return Checked(kept, text, signals, blocked)


def _with(parts: Iterable[ModelResponsePart], text: str) -> Iterable[ModelResponsePart]:
    told = False
    for part in parts:
        if not isinstance(part, TextPart):
            yield part
        elif not told:
            told = True
            yield replace(part, content=text)
