"""Prices a call: own prices of policy/data.yaml first, then the price list `genai-prices`.

A model without a price has none here either, and the policy refuses it; nothing is guessed. The
list is the one that was installed with its version: it is never updated over the network while
running.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

import genai_prices

from controls.gateway.money import to_nano, to_usd
from controls.policy.data import FILE, OwnPrice, PolicyData

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs; `version` says where that is from, `notional` that nobody is paid."""

    ref: str
    version: str
    notional: bool
    usd: Callable[[int, int], Decimal]

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return US dollars for the tokens, rounded up to a billionth."""
        return to_usd(to_nano(self.usd(input_tokens, output_tokens)))


def find(ref: str, data: PolicyData) -> Price | None:
    """Return the price of the model `ref`, None when nobody knows one."""
    own = data.prices.get(ref)
    if own is not None:
        return Price(ref, _own_version(ref, own), own.notional, _own(own))
    provider, _, name = ref.partition(":")

    def listed(input_tokens: int, output_tokens: int) -> Decimal:
        usage = genai_prices.Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        return genai_prices.calc_price(usage, name, provider_id=provider).total_price

    try:
        listed(1, 1)
    except LookupError:
        return None
    return Price(ref, f"genai-prices {genai_prices.__version__}", notional=False, usd=listed)


def _own(price: OwnPrice) -> Callable[[int, int], Decimal]:
    return lambda given, made: (price.input * given + price.output * made) / MILLION


def _own_version(ref: str, price: OwnPrice) -> str:
    digest = sha256(f"{ref} {price.input} {price.output}".encode()).hexdigest()[:12]
    return f"{FILE}@{digest}" + (" (notional)" if price.notional else "")
