"""Removes obvious secrets from what is about to be written.

Guarded patterns: the cheap search for a fixed prefix decides whether a regular expression runs at
all. This is a net for accidents (a key in an error message), not a detector of personal data:
content is kept out of spans in the first place.
"""

import re
from typing import Final

MASK: Final = "[redacted]"

_WORDS: Final = (  # each begins where a word does
    ("sk-", r"sk-(?:ant-|proj-)?[A-Za-z0-9_-]{16,}"),
    ("k_live_", r"[rs]k_live_[A-Za-z0-9]{16,}"),
    ("IA", r"A[KS]IA[0-9A-Z]{16}\b"),
    ("AIza", r"AIza[0-9A-Za-z_-]{35}"),
    ("gh", r"gh[pousr]_[A-Za-z0-9]{30,}"),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{30,}"),
    ("glpat-", r"glpat-[A-Za-z0-9_-]{20,}"),
    ("xox", r"xox[abprs]-[A-Za-z0-9-]{10,}"),
    ("eyJ", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("earer ", r"[Bb]earer [A-Za-z0-9._~+/-]{16,}=*"),
    ("EARER ", r"BEARER [A-Za-z0-9._~+/-]{16,}=*"),
)
_ANYWHERE: Final = (
    ("-----BEGIN", r"(?s:-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z))"),
    ("://", r"(?<=://)[^\s/:@\"]+:[^\s/@\"]+(?=@)"),
)
_PATTERNS: Final = tuple(
    (guard, re.compile(text))
    for guard, text in (*((guard, rf"\b{word}") for guard, word in _WORDS), *_ANYWHERE)
)


def redact(text: str) -> str:
    """Return `text` with every secret that a pattern knows replaced by `MASK`."""
    if text.isalnum() and text.islower():  # a digest, an id, a word: every pattern asks for more
        return text
    for guard, pattern in _PATTERNS:
        if guard in text:
            text = pattern.sub(MASK, text)
    return text
