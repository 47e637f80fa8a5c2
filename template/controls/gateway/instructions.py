"""Recognises sentences that speak to the model rather than to the reader.

A list of patterns is no defence by itself (encoded attacks pass); it keeps planted text out of what
the embedded models quote, and points at it in the knowledge base. The defences that count act on
effects: `controls.gateway.injection`.
"""

import re
from collections.abc import Iterator

from controls.gateway.normalise import plain

_WHAT = (
    r"(?:instructions?|prompts?|rules?|guidelines?|context|directions?|messages?|policies|policy)"
)
_PATTERNS = (
    rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b.{{0,40}}\b{_WHAT}\b",
    rf"\b(?:previous|prior|above|earlier|original|system|hidden|new|real)\s+{_WHAT}\b.{{0,40}}"
    r"\b(?:void|invalid|obsolete|replaced|follow|apply|are|is)\b",
    (
        r"\byou are (?:now|no longer|a|an)\b.{0,40}"
        r"\b(?:assistant|model|ai|bot|agent|mode|dan|unrestricted)\b"
    ),
    r"\b(?:pretend|act|behave|respond|roleplay) (?:to be|as|like)\b.{0,20}\b(?:if|an?|the|you)\b",
    r"\b(?:system|developer|debug|admin|god) (?:prompt|mode|message|override)\b",
    r"\b(?:ai|assistants?|models?|chatbots?|llms?|language models?)\s*[,:]\s*(?:please\s+)?"
    r"(?:ignore|say|tell|reply|respond|answer|print|output|reveal|send|include|add|always|never|do)\b",
    r"\b(?:instructions?|note|message|order|command)s? (?:to|for) (?:the |any |all |every )?"
    r"(?:ai|assistants?|models?|chatbots?|llms?|agents?)\b",
    r"\b(?:always|must|should|now)\s+(?:reply|respond|answer|say|output|print|include|append|repeat)\b"
    r".{0,30}(?:[:\"'\u201c\u2018]|\bexactly\b|\bonly\b|\bthe (?:word|following|phrase|link|code)\b)",
    r"^(?:please\s+)?(?:reply|respond|answer|say|output|print|repeat|reveal|append)\s+"
    r"(?:only|exactly|with|the (?:word|following|phrase)|your|every|to every|[:\"'\u201c\u2018])",
    r"\b(?:reveal|print|repeat|leak|disclose|output)\b.{0,30}\b(?:system|your|hidden|secret|canary)\b",
    (
        r"\bdo not (?:tell|mention|inform|reveal|cite|warn)\b.{0,30}"
        r"\b(?:user|customer|anyone|source|this)\b"
    ),
    r"<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?INST\]|^#{2,}\s*(?:system|instruction)s?\b",
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
