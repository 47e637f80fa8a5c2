"""Changes what came from outside in a message history, and nothing else of it.

That is what a user wrote, what a tool returned, what an answer was blamed for, and a summary of
them: each may hold sources, and each may lie. Data is gone through text by text, names of fields
included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from pydantic_ai.messages import (
    CompactionPart,
    ModelMessage,
    ModelRequest,
    RetryFeedbackPart,
    TextContent,
    ToolReturnPart,
    UserPromptPart,
    tool_return_ta,
)

Change = Callable[[str], str]
Outside = UserPromptPart | ToolReturnPart | RetryFeedbackPart | CompactionPart


def texts(messages: Sequence[ModelMessage]) -> list[str]:
    """Return the texts of all that came from outside, oldest first."""
    return [text for message in messages for part in _parts(message) for text in _in(part.content)]


def changed(messages: Sequence[ModelMessage], change: Change) -> list[ModelMessage]:
    """Return the history with `change` applied to each text from outside; originals stay."""
    return [_message(message, change) for message in messages]


def _message(message: ModelMessage, change: Change) -> ModelMessage:
    if not isinstance(message, ModelRequest):
        return message
    parts = [_part(part, change) if isinstance(part, Outside) else part for part in message.parts]
    return replace(message, parts=parts)


def _parts(message: ModelMessage) -> list[Outside]:
    if not isinstance(message, ModelRequest):
        return []
    return [part for part in message.parts if isinstance(part, Outside)]


def _part(part: Outside, change: Change) -> Outside:
    return replace(part, content=cast("Any", _changed(part.content, change)))


def _in(content: object) -> list[str]:
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _changed(content, note)
    return found


def _changed(value: object, change: Change) -> object:
    """Return `value` with each text in it changed; what only JSON knows is what a model is sent."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, TextContent):
        said = change(value.content)  # the value of structured content would tell the old words
        return value if said == value.content else TextContent(said, metadata=value.metadata)
    if isinstance(value, Mapping):
        return {_changed(key, change): _changed(kept, change) for key, kept in value.items()}
    if isinstance(value, list | tuple):
        return [_changed(item, change) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _changed(tool_return_ta.dump_python(value, mode="json", by_alias=True), change)
