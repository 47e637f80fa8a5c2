"""Removes obvious secrets from what is about to be written.

Whether a secret may be there at all is asked first, of all patterns at once, in an engine whose
time grows with the text and no faster (the Rust one of `pydantic_core`). This is a net for
accidents (a key in an error message), not a detector of personal data: content is kept out of spans
in the first place.
"""

import re
from typing import Final

from pydantic_core import SchemaValidator, core_schema

MASK: Final = "[redacted]"

_WORDS: Final = (  # each begins where a word does
    r"sk-(?:ant-|proj-)?[A-Za-z0-9_-]{16,}",
    r"[rs]k_live_[A-Za-z0-9]{16,}",
    r"A[KS]IA[0-9A-Z]{16,}",
    r"AIza[0-9A-Za-z_-]{35}",
    r"gh[pousr]_[A-Za-z0-9]{30,}",
    r"github_pat_[A-Za-z0-9_]{30,}",
    r"glpat-[A-Za-z0-9_-]{20,}",
    r"xox[abprs]-[A-Za-z0-9-]{10,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    r"(?:[Bb]earer|BEARER) [A-Za-z0-9._~+/-]{16,}=*",
)
_KEY: Final = r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
_LOGIN: Final = r"://[^\s/:@\"]+:[^\s/@\"]+@"  # in an address
_MASKED: Final = (
    (re.compile(rf"\b(?:{'|'.join(_WORDS)})"), MASK),
    (re.compile(rf"(?s:{_KEY}.*?(?:-----END [A-Z ]*-----|\Z))"), MASK),
    (re.compile(_LOGIN), f"://{MASK}@"),
)
_ANY: Final = SchemaValidator(core_schema.str_schema(pattern="|".join((*_WORDS, _KEY, _LOGIN))))


def redact(text: str) -> str:
    """Return `text` with every secret that a pattern knows replaced by `MASK`."""
    if may_hold(text.encode("utf-8", "replace")):
        for pattern, mask in _MASKED:
            text = pattern.sub(mask, text)
    return text


def may_hold(text: bytes) -> bool:
    """Say whether a secret may stand in `text`, plain or in JSON; False is certain.

    What JSON escapes is part of no secret that is looked for, and each is found without the edge of
    a word in front of it, which an escape could hide.
    """
    return _ANY.isinstance_python(text.decode("utf-8", "replace"))
