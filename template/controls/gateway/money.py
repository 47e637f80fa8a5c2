"""Money as whole billionths of a US dollar, so that sums are exact and SQLite can add them."""

from decimal import ROUND_CEILING, Decimal

NANO = Decimal(1_000_000_000)


def to_nano(usd: Decimal) -> int:
    """Return `usd` in billionths, rounded up: a budget is never charged too little."""
    return int((usd * NANO).to_integral_value(ROUND_CEILING))


def to_usd(nano: int) -> Decimal:
    """Return billionths as US dollars, exactly."""
    return Decimal(nano) / NANO
