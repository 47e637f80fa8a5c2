"""Reads a question: its parts, the words that carry each, and what the form of an answer would be.

All of it is shallow English: a form makes a sentence likelier, never certain. Nothing is chosen
here, see `reader.py`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from controls.gateway.embedded.language import stems

SHORT = 4
_PARTS = re.compile(
    r",?\s+and\s+(?=(?:after|at|by|for|how|in|until|what|when|where|which|who|why)\b)",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    r"(?:my name is|i am|i'm|i come from|i grew up in)\b[^.!?]*[.!]\s+(?=\S)", re.IGNORECASE
)
_NUMBER = r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twice|half|free)\b"
_STEP = r"^To \w+|→|\bchoose\b"
_NEGATION = r"\b(?:not|never|cannot|unless|without|only if)\b|n't\b"
_PERSON = r"\b(?:[Oo]nly|[Aa]ny|[Aa]nyone|[Ee]veryone|admins?|owner|members?)\b"
_FRAME = frozenset(  # words that frame a question and say nothing of its subject
    stems(
        "allow anybody become between differ difference else everybody give happen mean means need "
        "possible question somebody someone step use way"
    )
)
_FORMS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(answered), gain)
    for asked, answered, gain in (
        (r"\bhow (?:many|much|long|often|large|big|old|far|quick|soon)\b", _NUMBER, 1.25),
        (r"\bwhat (?:time|price)\b|\bwhen\b|\bcosts?\b", _NUMBER, 1.25),
        (r"\bhow (?:(?:do|can|could|should) (?:i|we)|to)\b", _STEP, 1.4),
        (r"\bsteps?\b|\bwhere (?:do|can)\b", _STEP, 1.4),
        (_NEGATION, _NEGATION, 1.3),
        (r"\bwho\b", _PERSON, 1.2),
        (r"\bwhy\b", r"\b(?:because|so that)\b", 1.4),
    )
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked for, and the stems that carry it."""

    text: str
    words: frozenset[str]

    def form(self, sentence: str) -> float:
        """Return how much likelier its form makes `sentence` an answer; 1 when it says nothing."""
        gain = 1.0
        for asked, answered, factor in _FORMS:
            if asked.search(self.text) and answered.search(sentence):
                gain = max(gain, factor)
        return gain


def parts(text: str, vocabulary: Collection[str]) -> tuple[Question, ...]:
    """Return the questions that `text` joins by "and", slips mended after `vocabulary`.

    What somebody says of themself before they ask counts only as far as a source speaks of it:
    otherwise a question is the less answered the longer the word for who asks it.
    """
    introduced = _INTRODUCTION.match(text.lstrip())
    told = introduced[0] if introduced else ""
    known = frozenset(stems(told)).intersection(vocabulary)
    split = _PARTS.split(text.lstrip()[len(told) :])
    asked = [Question(part, _words(part, vocabulary) | known) for part in split]
    return tuple(question for question in asked if question.words)


def _words(text: str, vocabulary: Collection[str]) -> frozenset[str]:
    return frozenset(mended(word, vocabulary) for word in stems(text) if word not in _FRAME)


def mended(word: str, vocabulary: Collection[str]) -> str:
    """Return the one word of `vocabulary` that a slip turned into `word`, else `word` itself.

    A shorter word than `SHORT` has too many neighbours; the first letter is taken as meant.
    """
    if len(word) < SHORT or word in vocabulary:
        return word
    return min((known for known in vocabulary if _slipped(word, known)), default=word)


def _slipped(word: str, known: str) -> bool:
    same = 0
    while same < min(len(word), len(known)) and word[same] == known[same]:
        same += 1
    got, meant = word[same:], known[same:]
    swapped = got[:2] == meant[1::-1] and got[2:] == meant[2:]
    return same > 0 and (swapped or meant in (got[1:], meant[:1] + got[1:], meant[:1] + got))
