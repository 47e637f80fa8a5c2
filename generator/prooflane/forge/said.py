"""What a forge's refusal means, in our words: the same for every forge. Pure."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from prooflane.forge.model import ForgeError, Trouble

LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status, what the forge said with it, and the headers, whose names are in lower case."""

    forge: str
    path: str
    variable: str
    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


def error(refusal: Refusal) -> ForgeError:
    """Return the error that says what `refusal` means."""
    status, said = refusal.status, refusal.text.lower()
    if status == 429 or (status == 403 and _is_limit(refusal)):
        return _limited(refusal)
    if status in {401, 403}:
        return _forbidden(refusal, said)
    if status in {404, 410}:
        hint = f"it was removed, or the token of {refusal.variable} may not see it"
        return ForgeError(Trouble.gone, f"{refusal.path!r} is not on {refusal.forge}", hint)
    if status >= 500:
        return unreachable(refusal.forge, f"it answers {status}")
    trouble = Trouble.protected if "protected" in said else Trouble.refused
    return ForgeError(trouble, f"{refusal.forge} refused {refusal.path!r}: {_short(refusal)}")


def unreachable(forge: str, why: str) -> ForgeError:
    """Return the error for a forge that gives no answer, or none that can be used."""
    hint = "nothing is lost: the same command goes on where this one ended"
    return ForgeError(Trouble.unreachable, f"{forge} cannot be reached: {why}", hint)


def _forbidden(refusal: Refusal, said: str) -> ForgeError:
    if "archived" in said:
        hint = "unarchive it, or leave it as it is"
        return ForgeError(Trouble.archived, f"{refusal.path!r} is archived", hint)
    if refusal.status == 401:
        message = f"{refusal.forge} does not know the token of {refusal.variable}"
        return ForgeError(Trouble.scope, message, "it expired or is mistyped: make another")
    message = f"the token of {refusal.variable} may not change {refusal.path!r}"
    return ForgeError(Trouble.scope, message, f"{refusal.forge} says: {_short(refusal)}")


def _is_limit(refusal: Refusal) -> bool:
    headers = refusal.headers
    is_told = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return is_told or "rate limit" in refusal.text.lower()


def _limited(refusal: Refusal) -> ForgeError:
    wait = _wait(refusal.headers)
    message = f"{refusal.forge} asks for a break of {wait:.0f} s"
    hint = "rate: in the rollout file says how fast one identity may write"
    return ForgeError(Trouble.limited, message, hint, wait)


def _wait(headers: Mapping[str, str]) -> float:
    said, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if said.isdigit():
        return min(float(said), LONGEST)
    if reset.isdigit():
        return min(max(1.0, float(reset) - time.time()), LONGEST)
    return 60.0


def _short(refusal: Refusal) -> str:
    text = " ".join(refusal.text.split())
    return text[:160].rstrip(".") or f"status {refusal.status}"
