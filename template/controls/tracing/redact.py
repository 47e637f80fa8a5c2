"""Removes obvious secrets from what is about to be written.

Guarded patterns: the cheap search for a fixed prefix decides whether a regular expression runs at
all. This is a net for accidents (a key in an error message), not a detector of personal data:
content is kept out of spans in the first place.
"""

import re
from typing import Final

MASK: Final = "[redacted]"

_PATTERNS: Final = (
    ("sk-", re.compile(r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{16,}")),
    ("IA", re.compile(r"\bA[KS]IA[0-9A-Z]{16}\b")),
    ("AIza", re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("gh", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}")),
    ("github_pat_", re.compile(r"\bgithub_pat_[A-Za-z0-9_]{30,}")),
    ("glpat-", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("xox", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("eyJ", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")),
    ("earer ", re.compile(r"\b[Bb]earer [A-Za-z0-9._~+/-]{16,}=*")),
    (
        "-----BEGIN",
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL),
    ),
    ("://", re.compile(r"(?<=://)[^\s/:@\"]+:[^\s/@\"]+(?=@)")),
)


def redact(text: str) -> str:
    """Return `text` with every secret that a pattern knows replaced by `MASK`."""
    for guard, pattern in _PATTERNS:
        if guard in text:
            text = pattern.sub(MASK, text)
    return text
