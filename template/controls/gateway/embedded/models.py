"""The two readers as pydantic-ai models: `embedded:small` and `embedded:large`.

The small one reads the first source only, the large one all of them and may join two. Both are
billed by `controls.gateway.tokens.estimate` at notional prices. They are not language models (see
the package).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic_ai import RunContext
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    TextPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import (
    CompletedStreamedResponse,
    Model,
    ModelRequestParameters,
    StreamedResponse,
)
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from controls.errors import ControlsError
from controls.gateway import sources, tokens
from controls.gateway.embedded.reader import read

SYSTEM = "embedded"
READS = {"small": 1, "large": 64}
VERSION = 1  # of the reader's behaviour: a change of its answers is a new response model
_QUESTION = "Question:"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as the readers see it: the last question, and the sources that came with it.

    What a tool returned since the question is a source too, where it is marked as one.
    """

    question: str
    sources: tuple[sources.Marked, ...]


class EmbeddedModel(Model):
    """A reader behind pydantic-ai's interface; deterministic, in process, without tools."""

    def __init__(self, size: Literal["small", "large"]) -> None:
        super().__init__()
        self._size = size

    @property
    def model_name(self) -> str:
        """The name that a request asks for."""
        return self._size

    @property
    def response_name(self) -> str:
        """The name that a response carries, with the version of the reader."""
        return f"embedded-{self._size}-{VERSION}"

    @property
    def system(self) -> str:
        """The provider's name."""
        return SYSTEM

    @property
    def provider(self) -> None:
        """None: nothing is reached outside of this process."""
        return

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,  # noqa: ARG002  a reader has nothing to set
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Return the answer, with its confidence in `provider_details`.

        Raises:
            ControlsError: when tools or structured output are asked for: a reader has neither.
        """
        if model_request_parameters.function_tools or model_request_parameters.output_tools:
            raise ControlsError(
                f"embedded:{self._size} cannot call tools",
                hint="name a real model in spec.default_model of ai-workflow.yaml",
            )
        prompt = _prompt(messages)
        answer = read(prompt.question, prompt.sources, READS[self._size])
        texts = tokens.texts(messages, model_request_parameters)
        return ModelResponse(
            parts=[TextPart(answer.text)],
            usage=RequestUsage(
                input_tokens=sum(map(tokens.estimate, texts)),
                output_tokens=tokens.estimate(answer.text),
            ),
            model_name=self.response_name,
            timestamp=datetime.now(UTC),
            provider_name=SYSTEM,
            provider_details={"confidence": answer.confidence},
            finish_reason="stop",
        )

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[object] | None = None,  # noqa: ARG002  callers pass it by name
    ) -> AsyncIterator[StreamedResponse]:
        """Yield the whole answer as a stream of one piece."""
        response = await self.request(messages, model_settings, model_request_parameters)
        yield CompletedStreamedResponse(
            response, model_request_parameters=model_request_parameters, replay_events=True
        )


def _prompt(messages: Sequence[ModelMessage]) -> Prompt:
    returned: list[str] = []
    text = ""
    for message in reversed(messages):
        parts = message.parts if isinstance(message, ModelRequest) else []
        returned += filter(None, map(_returned, parts))
        if asked := [part for part in parts if isinstance(part, UserPromptPart)]:
            text = "\n".join(_text(part) for part in asked)
            break
    question = sources.without(text).removeprefix(_QUESTION).strip()
    return Prompt(question, sources.parse("\n".join([text, *returned])))


def _returned(part: ModelRequestPart) -> str:
    if not isinstance(part, ToolReturnPart):
        return ""
    return part.content if isinstance(part.content, str) else ""


def _text(part: UserPromptPart) -> str:
    if isinstance(part.content, str):
        return part.content
    return "\n".join(item for item in part.content if isinstance(item, str))
