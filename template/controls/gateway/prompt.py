"""Changes what came from outside in a message history, and nothing else of it.

That is what a user wrote and what a tool returned: both may hold sources, and both may lie.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic_ai.messages import ModelMessage, ModelRequest, ToolReturnPart, UserPromptPart

Change = Callable[[str], str]
Outside = UserPromptPart | ToolReturnPart


def texts(messages: Sequence[ModelMessage]) -> list[str]:
    """Return the texts of all user prompts and tool results, oldest first."""
    return [text for message in messages for part in _prompts(message) for text in _strings(part)]


def changed(messages: Sequence[ModelMessage], change: Change) -> list[ModelMessage]:
    """Return the history with `change` applied to each text from outside; originals stay."""
    return [_message(message, change) for message in messages]


def _message(message: ModelMessage, change: Change) -> ModelMessage:
    if not isinstance(message, ModelRequest):
        return message
    parts = [_part(p, change) if isinstance(p, Outside) else p for p in message.parts]
    return replace(message, parts=parts)


def _part(part: Outside, change: Change) -> Outside:
    if isinstance(part.content, str):
        return replace(part, content=change(part.content))
    if isinstance(part, ToolReturnPart):
        return part  # data with fields, no text that could hold a source
    content = [change(item) if isinstance(item, str) else item for item in part.content]
    return replace(part, content=content)


def _prompts(message: ModelMessage) -> list[Outside]:
    if not isinstance(message, ModelRequest):
        return []
    return [part for part in message.parts if isinstance(part, Outside)]


def _strings(part: Outside) -> list[str]:
    if isinstance(part.content, str):
        return [part.content]
    content = [] if isinstance(part, ToolReturnPart) else part.content
    return [item for item in content if isinstance(item, str)]
