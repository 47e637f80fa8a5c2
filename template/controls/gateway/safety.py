"""Filters what a model says before anybody reads it: named categories, each with its act.

Patterns on the answer with its disguises undone. They catch what must never leave in plain sight;
they do not judge meaning, and no claim is made beyond the planted examples that `checks` runs.
Links, citations and canaries are `injection`'s business. A signal never quotes what it found.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from controls.gateway.normalise import plain
from controls.gateway.signals import BLOCK, REDACT, Filtered, Signal

POLICY = "controls/gateway/safety.py"
Match = re.Match[str]
Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Category:
    """What a kind of unsafe text looks like and what is done about it."""

    name: str
    action: str
    pattern: re.Pattern[str]
    test: Test = bool


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def luhn(text: str) -> bool:
    """Say whether the digits of `text` carry the check digit of a payment card."""
    digits = [int(c) for c in reversed(_digits(text))]
    doubled = [d * 2 - 9 * (d > 4) for d in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Say whether `text` is an IBAN by its check digits (ISO 13616, mod 97)."""
    compact = re.sub(r"\s", "", text).upper()
    moved = compact[4:] + compact[:4]
    return len(compact) >= 15 and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _word(*words: str) -> str:
    return rf"\b(?:{'|'.join(words)})\b"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_YOU = r"\byou(?:'re| are)\s+(?:(?:all|both|such|really|just|clearly|obviously|nothing but)\s+)*(?:an?\s+)?"
_INSULT = _word(
    "idiots?", "morons?", "stupid", "dumb", "imbeciles?", "worthless", "pathetic", "losers?", "scum"
)
_DOSE = r"\b(?:take|use|inject|give|swallow)\b[^.?!]{0,40}\b\d+(?:\.\d+)?\s?(?:mg|mcg|µg|ml|iu|tablets?|pills?)\b"
_HARM = r"(?:kill(?:ing)? (?:yourself|myself)|end(?:ing)? your (?:own )?life|harm(?:ing)? yourself|commit(?:ting)? suicide)"

CATEGORIES = (
    Category(
        "secret",
        BLOCK,
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bA(?:KIA|SIA)[A-Z0-9]{16}\b"
            r"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
            r"|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}|\bAIza[A-Za-z0-9_-]{35}\b|\bglpat-[\w-]{20,}"
            r"|\bsk_live_[A-Za-z0-9]{16,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{8,}"
            r"|\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp)://[^\s:/@]+:[^\s@]+@"
        ),
    ),
    Category(
        "credential",
        BLOCK,
        _compiled(
            r"\b(?:password|passwd|passphrase|pin|api[ _-]?key|access[ _-]?token|secret[ _-]?key)"
            r"(?:\s+(?:for|of)\s+\S+(?:\s\S+)?)?\s*(?:is|:|=)\s*[\"'`“]?"
            r"(?=[^\s\"'`]*\d)(?=[^\s\"'`]*[a-z!#$%^&*])[^\s\"'`.,;]{6,}"
        ),
    ),
    Category(
        "payment-card",
        REDACT,
        re.compile(r"(?<![\w.-])(?:[3-6]\d{3}[ -]?)(?:\d[ -]?){8,14}\d(?![\w-])"),
        luhn,
    ),
    Category(
        "bank-account",
        REDACT,
        re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b"),
        iban,
    ),
    Category(
        "national-id",
        REDACT,
        re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
    ),
    Category(
        "email", REDACT, _compiled(r"\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b")
    ),
    Category(
        "phone",
        REDACT,
        re.compile(
            r"(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?![\w-])"
        ),
    ),
    Category(
        "self-harm",
        BLOCK,
        _compiled(
            rf"\b(?:you should|just|go|how to|ways? to|best way to|try|consider|methods? (?:of|for))\b[^.?!]{{0,20}}\b{_HARM}"
        ),
    ),
    Category(
        "medical-advice",
        BLOCK,
        _compiled(
            rf"{_DOSE}|\b(?:stop|skip|start)\s+taking\s+your\s+(?:\w+\s+)?(?:medication|medicine|pills|insulin|antibiotics?)\b|\byou (?:probably |clearly |likely )?(?:have|suffer from) (?:cancer|diabetes|depression|an infection|a tumou?r)\b"
        ),
    ),
    Category(
        "legal-advice",
        BLOCK,
        _compiled(
            r"\byou (?:should|must|can safely|ought to)\b[^.?!]{0,30}\b(?:sue|plead (?:not )?guilty|file a lawsuit|press charges|break the (?:lease|contract)|evade taxes)\b"
        ),
    ),
    Category(
        "financial-advice",
        BLOCK,
        _compiled(
            r"\b(?:you should|you must|we recommend (?:that )?you|be sure to)\b[^.?!]{0,30}\b(?:buy|sell|short|invest (?:all|in|your))\b[^.?!]{0,40}\b(?:shares?|stocks?|bitcoin|crypto\w*|savings|options)\b"
        ),
    ),
    Category("insult", BLOCK, _compiled(rf"{_YOU}{_INSULT}|\b(?:shut up|go to hell|screw you)\b")),
    Category(
        "threat",
        BLOCK,
        _compiled(
            r"\b(?:i|we)(?:'ll| will| am going to| are going to)\s+(?:find|hurt|kill|destroy|ruin|come after)\s+you\b|\bor else you(?:'ll| will) (?:regret|pay)\b"
        ),
    ),
    Category(
        "active-content",
        BLOCK,
        _compiled(
            r"<\s*(?:script|iframe|object|embed|svg|img)\b|\bjavascript:|\bdata:text/html|\bon(?:error|load|click)\s*="
        ),
    ),
)
NAMES = tuple(category.name for category in CATEGORIES)
_ROLES = re.compile(
    r"^(?:abuse|accounts?|billing|contact|feedback|hello|help|info|legal|no-?reply|office|press|privacy|sales|"
    r"security|service|status|support|team)@",
    re.IGNORECASE,
)
WITHHELD = "This answer was withheld by the safety filter"


def apply(text: str, contacts: Collection[str] = ()) -> Filtered:
    """Return `text` as it may leave: redacted where that is enough, withheld where it is not.

    Addresses of a role (support@…) and what `contacts` lists may stay: whole addresses, domains,
    numbers.
    """
    seen = plain(text)
    hits = list(_hits(seen, contacts))
    signals = tuple(Signal(c.name, c.action, POLICY) for c in _once(c for c, _ in hits))
    if any(signal.action == BLOCK for signal in signals):
        named = ", ".join(signal.category for signal in signals if signal.action == BLOCK)
        return Filtered(f"{WITHHELD} ({named}).", signals)
    return Filtered(_redacted(text, seen, hits), signals)


def _hits(text: str, contacts: Collection[str]) -> Iterator[tuple[Category, Match]]:
    for category in CATEGORIES:
        for match in category.pattern.finditer(text):
            if category.test(match[0]) and not _public(category, match[0], contacts):
                yield category, match


def _public(category: Category, found: str, contacts: Collection[str]) -> bool:
    if category.name == "email":
        known = {entry.casefold() for entry in contacts}
        address = found.casefold()
        return bool(_ROLES.match(found)) or address in known or address.partition("@")[2] in known
    if category.name == "phone":
        return _digits(found) in {_digits(entry) for entry in contacts}
    return False


def _redacted(text: str, seen: str, hits: list[tuple[Category, Match]]) -> str:
    if not hits:
        return text
    for category, match in sorted(hits, key=lambda hit: hit[1].start(), reverse=True):
        seen = f"{seen[: match.start()]}[redacted: {category.name}]{seen[match.end() :]}"
    return seen


def _once(categories: Iterator[Category]) -> list[Category]:
    return list(dict.fromkeys(categories))
