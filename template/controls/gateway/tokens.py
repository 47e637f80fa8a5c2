"""Counts tokens before a call: an estimate for caps, and a bound for budgets that is never too low.

The estimate is four bytes a token. The bound is one byte a token, because no byte-level tokenizer
makes more tokens than bytes; what a provider really counted is read from its answer, never from
here.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from pydantic_ai.messages import (
    BaseToolReturnPart,
    FilePart,
    ModelMessage,
    ModelRequest,
    SpeechPart,
    SystemPromptPart,
    TextContent,
    TextPart,
    ThinkingPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters

from controls.gateway.refusal import Refused

FRAME = 16  # role, separators and the like, for each part of a message


def estimate(text: str) -> int:
    """Return about how many tokens `text` is; the embedded models are billed by this count."""
    return (len(text.encode("utf-8", "surrogatepass")) + 3) // 4


def bound(texts: Sequence[str]) -> int:
    """Return a number of tokens that no tokenizer exceeds for `texts`."""
    return sum(len(text.encode("utf-8", "surrogatepass")) + FRAME for text in texts)


def texts(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> list[str]:
    """Return every text that a provider would be sent, schemas of tools included.

    Raises:
        Refused: for an image, a file or another part whose tokens cannot be counted.
    """
    parts = [text for message in messages for text in _message(message)]
    tools = [*parameters.function_tools, *parameters.output_tools]
    schemas = [json.dumps(asdict(tool), default=str) for tool in tools]
    return [*instructions(messages, parameters), *parts, *schemas]


def encodable(texts: Iterable[str]) -> None:
    """Let `texts` pass when each can be written as UTF-8, which is how they are sent.

    Raises:
        Refused: for a text read from bytes that were not UTF-8.
    """
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise Refused(
                f"the prompt is not UTF-8 text at character {error.start}",
                hint="decode the file as what it is before asking about it",
                rule="encoding",
            ) from error


def instructions(messages: Iterable[ModelMessage], parameters: ModelRequestParameters) -> list[str]:
    """Return the instructions of a request: an agent's, else those of the last message."""
    if parameters.instruction_parts is not None:
        return [part.content for part in parameters.instruction_parts]
    given = [m.instructions for m in messages if isinstance(m, ModelRequest) and m.instructions]
    return given[-1:]


def _message(message: ModelMessage) -> Iterable[str]:
    for part in message.parts:
        if isinstance(part, UserPromptPart):
            yield from _user(part)
        elif isinstance(part, (SystemPromptPart, TextPart, ThinkingPart)):
            yield part.content
        elif isinstance(part, (FilePart, SpeechPart)):
            raise _unmetered(part)
        elif isinstance(part, BaseToolReturnPart) and part.files:
            raise _unmetered(part.files[0])
        else:
            yield json.dumps(asdict(part), default=str, ensure_ascii=False)


def _user(part: UserPromptPart) -> Iterable[str]:
    content = [part.content] if isinstance(part.content, str) else part.content
    for item in content:
        if isinstance(item, str):
            yield item
        elif isinstance(item, TextContent):
            yield item.content
        else:
            raise _unmetered(item)


def _unmetered(what: object) -> Refused:
    return Refused(
        f"the gateway cannot meter a {type(what).__name__} in a prompt",
        hint="send text only",
        rule="metering",
    )
