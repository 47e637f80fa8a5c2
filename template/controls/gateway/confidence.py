"""Reads how sure a model is of its answer, where it says so at all.

The embedded models say it themselves. A provider may tell the probability of each token that it
chose, when the route asks for it; their geometric mean is the confidence. Who tells nothing has no
confidence here, and is believed (`settlement`).
"""

import math
from collections.abc import Iterator, Mapping
from typing import cast

from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.settings import ModelSettings

from controls.gateway.desk import Order

OWN, TOKENS = "confidence", "logprobs"
Details = Mapping[str, object]


def of(response: ModelResponse) -> float | None:
    """Return how sure the model was, from 0 to 1; None where it did not say."""
    told = (response.provider_details or {}).get(OWN)
    if isinstance(told, (int, float)):
        return float(told)
    logs = [log for details in _details(response) for log in _logs(details.get(TOKENS))]
    return math.exp(min(0.0, sum(logs) / len(logs))) if logs else None


def asked_for(order: Order) -> ModelSettings:
    """Return the settings that make the model of `order` tell its confidence, where it is asked."""
    if order.route is None or not order.route.logprobs:
        return ModelSettings()
    return cast("ModelSettings", {"openai_logprobs": True})  # a setting of one provider


def _details(response: ModelResponse) -> Iterator[Details]:
    """Yield where token probabilities may stand: at the answer, or at each of its texts."""
    yield response.provider_details or {}
    for part in response.parts:
        if isinstance(part, TextPart):
            yield part.provider_details or {}


def _logs(told: object) -> Iterator[float]:
    for token in told if isinstance(told, list) else []:
        log = token.get("logprob") if isinstance(token, dict) else None
        if isinstance(log, (int, float)) and not math.isnan(log):
            yield float(log)
