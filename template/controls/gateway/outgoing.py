"""Filters what a model gives back, part by part: answer, thinking, arguments of tool calls.

Decides which filter a part passes; what is unsafe is decided by `safety` and `injection`. A part
that nobody here can read (an image, a file) is withheld where answers are filtered at all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic_ai.messages import (
    BaseToolCallPart,
    BaseToolReturnPart,
    ModelResponsePart,
    ThinkingPart,
)

from controls.gateway import defences, safety
from controls.gateway.defences import DEFENDED_TIER, FILTERED_TIER
from controls.gateway.normalise import whole
from controls.gateway.signals import BLOCK, Filtered, Signal

POLICY = "controls/gateway/outgoing.py"
UNREADABLE = "This answer was withheld: a part of it cannot be checked."
Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Passed:
    """A part as it may leave, with what was noticed in it."""

    part: ModelResponsePart
    found: Filtered


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of one call; `retrieved` is what may be cited, `canary` what nobody may say."""

    tier: int
    contacts: tuple[str, ...]
    hosts: tuple[str, ...]
    retrieved: frozenset[str]
    canary: str

    def answer(self, said: str) -> Filtered:
        """Return what may leave of an answer's text."""
        return self._filtered(said, self.retrieved)

    def part(self, part: ModelResponsePart) -> Passed:
        """Return what may leave of a part that is not text; citations in it are left alone."""
        signals: list[Signal] = []
        told: list[str] = []

        def change(text: str) -> str:
            found = self._filtered(text, None)
            signals.extend(found.signals)
            told.extend([found.text] if found.blocked else [])
            return found.text

        kept = _changed(part, change)
        if kept is None:
            signals += [Signal("unreadable", BLOCK, POLICY)] if self.tier >= FILTERED_TIER else []
            return Passed(part, Filtered(UNREADABLE, tuple(signals)))
        return Passed(kept, Filtered("".join(told[:1]), tuple(signals)))

    def _filtered(self, said: str, cited_from: frozenset[str] | None) -> Filtered:
        noticed: tuple[Signal, ...] = ()
        said = whole(said)
        if self.tier >= DEFENDED_TIER:
            found = defences.load("injection").check(said, cited_from, self.hosts, self.canary)
            said, noticed = found.text, found.signals
            if found.blocked:
                return Filtered(said, noticed)
        if self.tier >= FILTERED_TIER:
            found = safety.apply(said, self.contacts)
            said, noticed = found.text, (*noticed, *found.signals)
        return Filtered(said, noticed)


def _changed(part: ModelResponsePart, change: Change) -> ModelResponsePart | None:
    if isinstance(part, ThinkingPart):
        said = change(part.content)  # a signature vouches for the words that it was made for
        return part if said == part.content else replace(part, content=said, signature=None)
    if isinstance(part, BaseToolCallPart):
        # words change, the shape stays: the type of a field is what it was
        return replace(part, args=cast("Any", _arguments(part.args, change)))
    if isinstance(part, BaseToolReturnPart):
        return replace(part, content=cast("Any", _leaves(part.content, change)))
    return None


def _arguments(given: object, change: Change) -> object:
    if not isinstance(given, str):
        return _leaves(given, change)
    try:
        values = json.loads(given)
    except ValueError:
        return change(given)
    kept = _leaves(values, change)
    return given if kept == values else json.dumps(kept, ensure_ascii=False)


def _leaves(value: object, change: Change) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_leaves(key, change): _leaves(kept, change) for key, kept in value.items()}
    if isinstance(value, list):
        return [_leaves(item, change) for item in value]
    return value
