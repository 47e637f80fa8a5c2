"""The tier table that a person sees before choosing: what each brings, and what it costs."""

import textwrap
from collections.abc import Iterable, Iterator

from prooflane.catalogue import Tier
from prooflane.report.paint import Paint


def table(tiers: Iterable[Tier], paint: Paint, width: int = 100) -> str:
    """Return the table; each tier brings what is listed and everything of the tiers above it."""
    return "\n".join(line for tier in tiers for line in _rows(tier, paint, width))


def _rows(tier: Tier, paint: Paint, width: int) -> Iterator[str]:
    yield paint("bold", f"tier {tier.tier} {tier.name}") + f" (such as {tier.example})"
    brings = "; ".join(tier.brings)
    for label, text in (("brings", brings), ("costs", tier.costs), ("approval", tier.approval)):
        lead = f"  {label:<9}"
        yield textwrap.fill(text, width, initial_indent=lead, subsequent_indent=" " * len(lead))
