"""The door: a pydantic-ai model, so that an agent or a plain call is governed by construction.

Decides nothing itself; the path is `call`. A stream carries only what passed the safety filter:
what was never checked is never shown.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic_ai import RunContext
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import (
    Model,
    ModelRequestParameters,
    StreamedResponse,
    infer_model_profile,
)
from pydantic_ai.profiles import DEFAULT_PROFILE, ModelProfile
from pydantic_ai.settings import ModelSettings

from controls.errors import ControlsError
from controls.gateway import call
from controls.gateway.call import Asked
from controls.gateway.embedded.models import SYSTEM

if TYPE_CHECKING:
    from controls.run import Run


class GatewayModel(Model):
    """The model that the manifest calls `ref` (its default without one), for one run.

    `cache` is how its recorded answers are used; without it, the run's word or AIWF_CACHE counts.
    """

    def __init__(self, run: "Run", ref: str | None = None, cache: str | None = None) -> None:
        self._run = run
        self._cache = cache
        self._ref = ref or run.manifest.default_model
        super().__init__()

    @cached_property
    def profile(self) -> ModelProfile:
        """What the model can do, as agents ask before a call.

        Looked up only for data that may go there: a provider's library takes a second to import.
        """
        return infer_model_profile(self._ref) if self._may_be_asked() else DEFAULT_PROFILE

    @property
    def model_name(self) -> str:
        """The name after the provider's."""
        return self._ref.partition(":")[2] or self._ref

    @property
    def system(self) -> str:
        """The provider's name."""
        return self._ref.partition(":")[0]

    @property
    def provider(self) -> None:
        """None: who holds a provider has a way around the gateway."""
        return

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Return the answer that the gateway lets through.

        Raises:
            Refused: when the call is not allowed; nothing was sent.
            ProviderFailed: when no model gave an answer.
        """
        asked = Asked(messages, model_settings, model_request_parameters, self._cache)
        return await call.complete(self._run, self._ref, asked)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[object] | None = None,  # noqa: ARG002  callers pass it by name
    ) -> AsyncIterator[StreamedResponse]:
        """Yield the answer as a stream of pieces that were checked.

        Raises:
            Refused: as `request` does.
            ProviderFailed: as `request` does, and when the stream is cut.
        """
        asked = Asked(messages, model_settings, model_request_parameters, self._cache)
        async with call.stream(self._run, self._ref, asked) as stream:
            yield stream

    def _may_be_asked(self) -> bool:
        if self.system == SYSTEM:
            return False
        try:
            endpoint = self._run.manifest.endpoint(self._ref)
        except ControlsError:
            return False
        return self._run.data_class in endpoint.allowed_data
