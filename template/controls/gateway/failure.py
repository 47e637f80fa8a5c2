"""Says in one sentence why a provider gave no answer, and what such a failure may have cost.

Never quotes what the provider wrote: an error's body may repeat the prompt or the key.
"""

from decimal import Decimal

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelTimeoutError,
)
from pydantic_ai.messages import ModelResponse

from controls.errors import ControlsError
from controls.gateway import providers
from controls.gateway.refusal import ProviderFailed

TOO_MANY, SERVER_ERROR = 429, 500
OPENAI = "openai"
TRACE = "python -m controls trace shows the call"


class CutOffError(Exception):
    """The provider's stream ended before the answer did."""


def whole(response: ModelResponse) -> None:
    """Let a streamed `response` pass when its provider said that it had ended.

    Raises:
        CutOffError: when it did not; for chat completions the library puts "stop" in its place.
    """
    told = response.finish_reason is not None
    if response.provider_name == OPENAI and response.finish_reason == "stop":
        told = "finish_reason" in (response.provider_details or {})
    if response.state != "complete" or not told:
        raise CutOffError


def failed(ref: str, error: BaseException, seconds: float) -> ProviderFailed:
    """Return what a person is told of `error`, which came from the model `ref`."""
    why, hint = _told(ref, error, seconds)
    return ProviderFailed(f"{ref!r} gave no answer: {why}", hint=hint)


def charge(reserved: Decimal, error: BaseException) -> Decimal:
    """Return nothing where the request was refused or never sent, else all that was reserved."""
    if isinstance(error, ModelHTTPError) and not error.in_stream:
        return Decimal(0) if error.status_code < SERVER_ERROR else reserved
    return Decimal(0) if isinstance(error, ControlsError) else reserved


def pause(error: BaseException) -> float | None:
    """Return the seconds after which the provider wants to be asked again, if it said so."""
    if isinstance(error, ModelHTTPError) and error.status_code == TOO_MANY and not error.in_stream:
        return error.retry_after
    return None


def _told(ref: str, error: BaseException, seconds: float) -> tuple[str, str]:
    if isinstance(error, (TimeoutError, ModelTimeoutError)):
        return f"it took longer than {seconds:g} s", "calls.timeout_seconds in policy/data.yaml"
    if isinstance(error, ModelAuthenticationError):
        key = providers.key(ref.partition(":")[0])
        return "it does not accept the key", f"set a valid {key} in the environment"
    if isinstance(error, ModelHTTPError):
        return _status(error)
    if isinstance(error, (CutOffError, ModelConnectionError, ModelAPIError)):
        return "the connection was cut, or never made", f"ask again; {TRACE}"
    return f"{type(error).__name__} in what it sent", TRACE


def _status(error: ModelHTTPError) -> tuple[str, str]:
    if error.status_code == TOO_MANY:
        wait = pause(error)
        after = f"in {wait:g} s" if wait is not None else "later"
        return "it is asked too often (HTTP 429)", f"ask again {after}"
    kind = error.provider_error_type or error.provider_error_code
    return f"HTTP {error.status_code}" + (f" ({kind})" if kind else ""), TRACE
