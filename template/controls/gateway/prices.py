"""Prices a call: own prices of policy/data.yaml first, then the price list `genai-prices`.

A model without a price has none here either, and the policy refuses it; nothing is guessed. The
list is the one that was installed with its version: it is never updated over the network while
running.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Protocol

import genai_prices

from controls.gateway.money import to_nano, to_usd
from controls.policy.data import FILE, OwnPrice, PolicyData

MILLION = Decimal(1_000_000)
LIVE, BATCH = "live", "batch"
LISTED_AS = {"openai-chat": "openai", "openai-responses": "openai"}  # other doors of one provider


class Usage(Protocol):
    """What a provider counted; pydantic-ai's class has it, too, but takes a second to import."""

    @property
    def input_tokens(self) -> int:
        """How many tokens were read."""

    @property
    def output_tokens(self) -> int:
        """How many tokens were written."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs; `version` says where that is from, `notional` that nobody is paid."""

    ref: str
    version: str
    notional: bool
    usd: Callable[[Usage, str], Decimal]

    def cost(self, usage: Usage, processing: str = LIVE) -> Decimal:
        """Return US dollars for what the provider counted, rounded up to a billionth.

        `processing` is "batch" where the provider took its time, which it sells cheaper.
        """
        return to_usd(to_nano(self.usd(usage, processing)))

    def bound(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return what so many tokens cost at most: a prompt may be written to a dearer cache."""
        plain = counted(input_tokens, output_tokens)
        cached = counted(input_tokens, output_tokens, cache_write_tokens=input_tokens)
        return max(self.cost(plain), self.cost(cached))


def counted(input_tokens: int, output_tokens: int, **more: int) -> Usage:
    """Return the usage of a call that consumed so many tokens."""
    return genai_prices.Usage(input_tokens=input_tokens, output_tokens=output_tokens, **more)


def find(ref: str, data: PolicyData) -> Price | None:
    """Return the price of the model `ref`, None when nobody knows one."""
    own = data.prices.get(ref)
    if own is not None:
        return Price(ref, _own_version(ref, own), own.notional, _own(own))
    provider, _, name = ref.partition(":")

    def listed(usage: Usage, processing: str) -> Decimal:
        seller = LISTED_AS.get(provider, provider)
        context = {"processing": processing} if processing == BATCH else None
        found = genai_prices.calc_price(usage, name, provider_id=seller, price_context=context)
        return found.total_price

    try:
        listed(counted(1, 1), LIVE)
    except LookupError:
        return None
    return Price(ref, f"genai-prices {genai_prices.__version__}", notional=False, usd=listed)


def _own(price: OwnPrice) -> Callable[[Usage, str], Decimal]:
    def usd(usage: Usage, _: str) -> Decimal:
        return (price.input * usage.input_tokens + price.output * usage.output_tokens) / MILLION

    return usd


def _own_version(ref: str, price: OwnPrice) -> str:
    digest = sha256(f"{ref} {price.input} {price.output}".encode()).hexdigest()[:12]
    return f"{FILE}@{digest}" + (" (notional)" if price.notional else "")
