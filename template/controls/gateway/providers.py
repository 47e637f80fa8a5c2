"""Turns a ref of the manifest into the pydantic-ai model that answers it.

The only place that makes such a model. Whether it may be asked is decided before, by the policy; a
real provider's library is imported, and its key read from the environment, at the first allowed
call.
"""

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import Provider, infer_provider, infer_provider_class

from controls.gateway.embedded.models import SYSTEM, EmbeddedModel
from controls.gateway.refusal import Refused
from controls.manifest import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = {
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "openai-responses": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
}


def build(endpoint: Endpoint) -> Model:
    """Return the model behind `endpoint`.

    Raises:
        Refused: when there is no such model, its library is missing, or its key is not set.
    """
    provider, _, name = endpoint.ref.partition(":")
    if provider == SYSTEM:
        return _embedded(endpoint.ref, name)
    try:
        return infer_model(endpoint.ref, lambda kind: _provider(kind, endpoint.endpoint))
    except (UserError, ImportError, ValueError) as error:
        raise _unreachable(endpoint.ref, provider, error) from error


def _unreachable(ref: str, provider: str, error: Exception) -> Refused:
    variable = KEYS.get(provider)
    if variable and not os.environ.get(variable):
        why = f"{variable} is not set"
        hint = f"set {variable} in the environment, and nowhere in the repository"
    elif isinstance(error, ImportError):
        why = f"this environment has no library for {provider!r}"
        hint = "add it to requirements.in, then make lock and make setup"
    else:
        why = f"{provider!r} does not take it ({type(error).__name__})"
        hint = f"spec.models in ai-workflow.yaml, and {key(provider)} in the environment"
    return Refused(f"model {ref!r} cannot be reached: {why}", hint, rule="provider")


def key(provider: str) -> str:
    """Return the name of the environment variable that holds the key of `provider`."""
    return KEYS.get(provider, "the provider's key")


@lru_cache(maxsize=4)
def _embedded(ref: str, name: str) -> Model:
    if name == "small":
        return EmbeddedModel("small")
    if name == "large":
        return EmbeddedModel("large")
    raise Refused(
        f"there is no embedded model {ref!r}",
        hint="embedded:small and embedded:large are there",
        rule="provider",
    )


def _provider(kind: str, endpoint: str) -> Provider[object]:
    if not endpoint.startswith(("http://", "https://")):
        return infer_provider(kind)
    made: Callable[..., Provider[object]] = infer_provider_class(kind)
    return made(base_url=endpoint)
