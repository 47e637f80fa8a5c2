"""Recognises sentences that speak to the model rather than to the reader.

A list of patterns is no defence by itself (encoded attacks pass); it keeps planted text out of what
the embedded models quote, and points at it in the knowledge base. The defences that count act on
effects: `controls.gateway.injection`.
"""

import re
from collections.abc import Iterator

from controls.gateway.normalise import plain

_ORDERS = r"\b(?:instructions?|prompts?|rules?|guidelines?|directions?|messages?|policies)"
_OTHER = r"(?:previous|prior|above|earlier|preceding|foregoing|all|any|your|system|other|these)"
_MODEL = r"(?:ai|ai models?|language models?|llms?|assistants?|chatbots?)"
_SAY = r"(?:reply|respond|answer|say|tell|output|print|repeat|append|reveal)"
_QUOTE = r"[\"'\u201c\u2018]"
_PATTERNS = (
    rf"\b(?:ignore|disregard|forget|override|bypass) (?:\w+ ){{0,2}}{_OTHER}\b.{{0,30}}{_ORDERS}\b",
    (
        r"\b(?:previous|prior|original|system) (?:instructions?|prompts?)\b.{0,40}"
        r"\b(?:void|invalid|obsolete|replaced|no longer)\b"
    ),
    rf"\byou are now\b.{{0,40}}\b(?:{_MODEL}|bot|mode|dan|unrestricted|free)\b",
    rf"\b(?:pretend|roleplay|act) (?:to be|that you|as if you|as)\b.{{0,30}}\b{_MODEL}\b",
    r"\bsystem prompt\b|\bjailbreak\b",
    r"\b(?:developer|debug|god|dan) mode (?:is )?(?:on|enabled|active)\b",
    rf"\b{_MODEL}\s*[,:]\s*(?:please )?(?:ignore|send|include|add|always|never|do|{_SAY})\b",
    rf"\b(?:instruction|note|message|order)s? (?:to|for) (?:the |any |all |every )?{_MODEL}\b",
    (
        rf"\b(?:always|must|should|now) {_SAY}\b.{{0,30}}"
        rf"(?:{_QUOTE}|\bexactly\b|\bthe (?:word|phrase|following|link|code)\b)"
    ),
    rf"^(?:please )?{_SAY} (?:only|exactly|the (?:word|phrase|following)|to every|{_QUOTE})",
    (
        r"\b(?:append|add|attach|include)\b.{0,40}\b(?:to|in) (?:every|each|all|your) "
        r"(?:answers?|repl(?:y|ies)|responses?|outputs?)\b"
    ),
    r"\b(?:call|invoke|execute) (?:the |a )?(?:tool|function) ?\w*",
    (
        r"\b(?:leak|disclose|reveal|print|repeat|output)\b.{0,30}"
        r"\b(?:your (?:instructions?|prompt|rules)|hidden (?:instructions?|prompt|text)|canary)\b"
    ),
    r"\bdo not (?:tell|mention|inform|warn|reveal)\b.{0,30}\b(?:the (?:user|customer)|this)\b",
    r"\bdecode (?:this|the following)\b.{0,40}\b(?:base ?64|base ?32|hex|rot ?13)\b",
    r"\b(?:do|follow|obey|execute) what (?:it|this|that|the (?:text|message|result)) says\b",
    r"<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?INST\]",
    r"^#{2,} ?(?:system|instruction)s?\b",
)
_SPEAKS = re.compile("|".join(f"(?:{p})" for p in _PATTERNS), re.IGNORECASE | re.MULTILINE)


def addresses_model(sentence: str) -> bool:
    """Say whether `sentence`, its disguises undone, gives orders to a model."""
    return _SPEAKS.search(" ".join(plain(sentence).split())) is not None


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that starts such a sentence; it may wrap once."""
    rows = text.splitlines()
    for number, row in enumerate(rows, 1):
        following = rows[number] if number < len(rows) else ""
        alone = addresses_model(row)
        joined = addresses_model(f"{row} {following}") and not addresses_model(following)
        if row.strip() and (alone or joined):
            yield number, row.strip()
