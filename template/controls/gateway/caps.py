"""Cuts a prompt to its tier's caps: sources past `top_k`, then the last sources, until it fits.

The question itself is never cut: a prompt that is still too long without sources is left as it is,
and the policy refuses it. Each cut is a signal, so that nobody wonders why a source was not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import ModelRequestParameters

from controls.gateway import prompt, sources, tokens
from controls.gateway.signals import CUT, Signal
from controls.policy.data import FILE, Caps
from controls.policy.facts import EXCEEDED, WITHIN


@dataclass(frozen=True, slots=True)
class Fitted:
    """The history after the cut, and how it stands to the caps."""

    messages: list[ModelMessage]
    signals: tuple[Signal, ...]
    context: str
    sources: str


def fit(messages: Sequence[ModelMessage], parameters: ModelRequestParameters, caps: Caps) -> Fitted:
    """Return `messages` cut to `caps`, as far as sources can be left out.

    Raises:
        Refused: when a part of the prompt cannot be metered.
    """
    kept = list(messages)
    signals: list[Signal] = []
    total = _count(kept)
    if total > caps.top_k:
        kept = _first(kept, caps.top_k)
        signals.append(_cut("top-k", total - caps.top_k, total))
    total = left = _count(kept)
    size = _size(kept, parameters)
    while left and size > caps.context_tokens:
        left -= 1
        kept = _first(kept, left)
        size = _size(kept, parameters)
    if left < total:
        signals.append(_cut("context-cap", total - left, total))
    context = WITHIN if size <= caps.context_tokens else EXCEEDED
    return Fitted(kept, tuple(signals), context, WITHIN if left <= caps.top_k else EXCEEDED)


def _first(messages: Sequence[ModelMessage], count: int) -> list[ModelMessage]:
    seen = 0

    def wanted(_: sources.Marked) -> bool:
        nonlocal seen
        seen += 1
        return seen <= count

    return prompt.changed(messages, lambda text: sources.keep(text, wanted))


def _count(messages: Sequence[ModelMessage]) -> int:
    return sum(len(sources.parse(text)) for text in prompt.texts(messages))


def _size(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> int:
    return sum(map(tokens.estimate, tokens.texts(messages, parameters)))


def _cut(category: str, cut: int, total: int) -> Signal:
    return Signal(category, CUT, FILE, score=round(cut / total, 4))
