"""Changes the text of the user's prompts, and nothing else of a message history."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic_ai.messages import ModelMessage, ModelRequest, UserPromptPart

Change = Callable[[str], str]


def texts(messages: Sequence[ModelMessage]) -> list[str]:
    """Return the texts of all user prompts, oldest first."""
    return [text for message in messages for part in _prompts(message) for text in _strings(part)]


def changed(messages: Sequence[ModelMessage], change: Change) -> list[ModelMessage]:
    """Return the history with `change` applied to each text of a user; originals stay."""
    return [_message(message, change) for message in messages]


def _message(message: ModelMessage, change: Change) -> ModelMessage:
    if not isinstance(message, ModelRequest):
        return message
    parts = [_part(p, change) if isinstance(p, UserPromptPart) else p for p in message.parts]
    return replace(message, parts=parts)


def _part(part: UserPromptPart, change: Change) -> UserPromptPart:
    if isinstance(part.content, str):
        return replace(part, content=change(part.content))
    content = [change(item) if isinstance(item, str) else item for item in part.content]
    return replace(part, content=content)


def _prompts(message: ModelMessage) -> list[UserPromptPart]:
    if not isinstance(message, ModelRequest):
        return []
    return [part for part in message.parts if isinstance(part, UserPromptPart)]


def _strings(part: UserPromptPart) -> list[str]:
    content = [part.content] if isinstance(part.content, str) else part.content
    return [item for item in content if isinstance(item, str)]
