"""What the policy answers, as values. How it is reached is `controls.policy.engine`'s business."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a call was denied: the rule's name, the fact, the file to open and the remedy.

    `at` is where the rule itself is written, file and line.
    """

    rule: str
    message: str
    path: str
    hint: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one input; `bundle` is the SHA-256 of everything that decided it.

    `allow` is true only when there is no reason against it.
    """

    allow: bool
    reasons: tuple[Reason, ...]
    bundle: str


def deny(bundle: str, *reasons: Reason) -> Decision:
    """Return a refusal with its reasons, the order of which never depends on the engine."""
    return Decision(allow=False, reasons=tuple(sorted(reasons, key=_order)), bundle=bundle)


def _order(reason: Reason) -> tuple[str, str]:
    return reason.rule, reason.message
