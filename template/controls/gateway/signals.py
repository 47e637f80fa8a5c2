"""A safety signal: what a step of the gateway noticed and did. `spans` traces them."""

from dataclasses import dataclass

BLOCK, REDACT, CUT, WARN, NONE = "block", "redact", "cut", "warn", "none"


@dataclass(frozen=True, slots=True)
class Signal:
    """One finding; `policy` names the file whose rule it is, and never quotes the text itself."""

    category: str
    action: str
    policy: str
    verdict: str = "fail"
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Filtered:
    """A text after a filter, with what was noticed in it."""

    text: str
    signals: tuple[Signal, ...]

    @property
    def blocked(self) -> bool:
        """Whether nothing of the original text may leave."""
        return any(signal.action == BLOCK for signal in self.signals)
