"""The categories of unsafe output, as data: what each looks like, and what is done about it.

Patterns for text whose disguises are undone (`normalise.plain`). They catch what must never leave
in plain sight; they do not judge meaning, and nothing is claimed beyond the examples in `planted`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from controls.gateway.signals import BLOCK, REDACT


def is_card(text: str) -> bool:
    """Say whether the digits of `text` carry a payment card's check digit (ISO/IEC 7812, Luhn)."""
    digits = [int(char) for char in reversed(text) if char.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Say whether `text` is an international bank account number (ISO 13616: mod 97 is 1)."""
    compact = "".join(text.split()).upper()
    moved = compact[4:] + compact[:4]
    return len(compact) >= 15 and int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of unsafe text; `test` decides about what `pattern` found."""

    name: str
    action: str
    pattern: re.Pattern[str]
    test: Callable[[str], bool] = bool


def _exact(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _any_case(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_WITHIN = r"[^.?!]{0,40}"  # of the same sentence
_YOU_ARE = (
    r"\byou(?:'re| are)\s+(?:(?:all|both|such|really|just|clearly|nothing but)\s+)*(?:an?\s+)?"
)
_YOU_SHOULD = r"\b(?:you should|you must|you ought to|you can safely|we recommend (?:that )?you)\b"

CATEGORIES = (
    Category(
        "secret",
        BLOCK,
        _exact(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
            r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b",
            r"\bgh[pousr]_[A-Za-z0-9]{36,}\b",
            r"\bgithub_pat_\w{22,}",
            r"\bglpat-[\w-]{20,}",
            r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
            r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}",
            r"\b[rs]k_live_[A-Za-z0-9]{16,}",
            r"\bAIza[A-Za-z0-9_-]{35}\b",
            r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{8,}",
            r"\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp)://[^\s:/@]+:[^\s@]+@",
        ),
    ),
    Category(
        "credential",
        BLOCK,
        _any_case(
            r"\b(?:password|passwd|passphrase|pin|api[ _-]?key|access[ _-]?token|secret[ _-]?key)"
            r"(?:\s+(?:for|of)(?:\s+[^\s.?!]+){1,5}?)?\s*(?:is|:|=)\s*[\"'`]?"
            r"(?=[^\s\"'`]*\d)(?=[^\s\"'`]*[a-z!#$%^&*])[^\s\"'`.,;]{6,}"
        ),
    ),
    Category(
        "payment-card",
        REDACT,
        _exact(r"(?<![\w.-])[3-6]\d{3}[ -]?(?:\d[ -]?){8,14}\d(?![\w-])"),
        is_card,
    ),
    Category(
        "bank-account",
        REDACT,
        _exact(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        is_iban,
    ),
    Category(
        "national-id",
        REDACT,
        _exact(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
    ),
    Category(
        "email", REDACT, _any_case(r"\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b")
    ),
    Category(
        "phone",
        REDACT,
        _exact(
            r"(?<![\w.+-])\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}(?![\w-])",
            r"(?<![\w.-])\(\d{3}\) ?\d{3}-\d{4}(?![\w-])",
            r"(?<![\w.-])\d{3}-\d{3}-\d{4}(?![\w-])",
        ),
    ),
    Category(
        "self-harm",
        BLOCK,
        _any_case(
            r"\b(?:you should|just|go|how to|ways? to|try|consider|methods? (?:of|for))\b"
            r"[^.?!]{0,20}"
            r"\b(?:kill(?:ing)? yourself|end(?:ing)? your (?:own )?life|harm(?:ing)? yourself"
            r"|commit(?:ting)? suicide)"
        ),
    ),
    Category(
        "medical-advice",
        BLOCK,
        _any_case(
            rf"\b(?:take|use|inject|give|swallow)\b{_WITHIN}"
            r"\b\d+(?:\.\d+)?\s?(?:mg|mcg|ml|iu|tablets?|pills?)\b",
            r"\b(?:stop|skip|start)\s+taking\s+your\s+(?:\w+\s+)?"
            r"(?:medication|medicine|pills|insulin|antibiotics?)\b",
            r"\byou (?:probably |clearly |likely )?(?:have|suffer from) "
            r"(?:cancer|diabetes|depression|an infection|a tumou?r)\b",
        ),
    ),
    Category(
        "legal-advice",
        BLOCK,
        _any_case(
            rf"{_YOU_SHOULD}{_WITHIN}\b(?:sue|plead (?:not )?guilty|file a lawsuit|press charges"
            r"|break the (?:lease|contract)|evade taxes)\b"
        ),
    ),
    Category(
        "financial-advice",
        BLOCK,
        _any_case(
            rf"{_YOU_SHOULD}{_WITHIN}\b(?:buy|sell|short|invest (?:all|in|your))\b{_WITHIN}"
            r"\b(?:shares?|stocks?|bitcoin|crypto\w*|savings|options)\b"
        ),
    ),
    Category(
        "insult",
        BLOCK,
        _any_case(
            rf"{_YOU_ARE}(?:idiots?|morons?|stupid|dumb|imbeciles?|worthless|pathetic|losers?|scum)\b",
            r"\b(?:shut up|go to hell|screw you)\b",
        ),
    ),
    Category(
        "threat",
        BLOCK,
        _any_case(
            r"\b(?:i|we)(?:'ll| will| am going to| are going to)\s+"
            r"(?:(?:hurt|kill|destroy|ruin|come after)\s+you\b|find\s+you(?=\s*(?:[.!,]|and\b|$)))",
            r"\bor else you(?:'ll| will) (?:regret|pay)\b",
        ),
    ),
    Category(
        "active-content",
        BLOCK,
        _any_case(
            r"<\s*(?:script|iframe|object|embed|svg|img)\b",
            r"\bjavascript:|\bdata:text/html",
            r"\bon(?:error|load|click)\s*=",
        ),
    ),
)
