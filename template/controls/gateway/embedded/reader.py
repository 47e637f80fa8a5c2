"""Chooses the sentences that answer a question, or none: BM25-like overlap, nothing learned.

Extractive and deterministic. A sentence that speaks to the model is skipped: sources are data. The
confidence is the share of the question's weighted words that the chosen sentences and their titles
cover, drawn through a curve; it orders answers by how likely they are right, it is no probability.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controls.gateway.embedded.language import sentences, stems
from controls.gateway.instructions import addresses_model
from controls.gateway.sources import Marked
from controls.reply import ABSTAIN

ABSTAIN_BELOW = 0.42  # covered share of the question under which nothing is quoted
TITLE = 0.5  # a word that only the title has counts half
JOIN_GAIN = 0.22  # share of the question that a second sentence must add
QUANTITY = re.compile(r"\b(how (?:many|much|long|often|large|big|old)|what (?:time|price)|when|cost)\b", re.I)


@dataclass(frozen=True, slots=True)
class Answer:
    """The text with its citations, and a confidence from 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    source: str
    text: str
    order: int
    words: frozenset[str]
    title: frozenset[str]

    def covers(self, word: str) -> float:
        return 1.0 if word in self.words else TITLE if word in self.title else 0.0


def read(question: str, sources: Sequence[Marked], most_sources: int) -> Answer:
    """Return the answer to `question`, quoting at most two sentences of the first `most_sources`."""
    known = [s for source in sources[:most_sources] for s in _sentences(source)]
    weights = _weights(set(stems(question)), known)
    if not known or not weights:
        return Answer(ABSTAIN, 0.9)
    wants_number = QUANTITY.search(question) is not None
    best = max(known, key=lambda s: (_score(s, weights, wants_number), -s.order))
    chosen = _joined(best, known, weights)
    covered = _coverage(chosen, weights)
    if covered < ABSTAIN_BELOW:
        return Answer(ABSTAIN, round(1 - covered / ABSTAIN_BELOW * 0.6, 4))
    return Answer(_quote(chosen), round(_curve(covered), 4))


def _sentences(source: Marked) -> Iterable[_Sentence]:
    title = frozenset(stems(source.title))
    for order, text in enumerate(sentences(source.text)):
        if not addresses_model(text):
            yield _Sentence(source.id, text, order, frozenset(stems(text)), title)


def _weights(question: set[str], known: Sequence[_Sentence]) -> dict[str, float]:
    total = len(known)
    counts = {word: sum(word in s.words for s in known) for word in sorted(question)}
    return {w: math.log(1 + (total - n + 0.5) / (n + 0.5)) for w, n in counts.items()}


def _score(sentence: _Sentence, weights: dict[str, float], wants_number: bool) -> float:  # noqa: FBT001
    found = sum(weight * sentence.covers(word) for word, weight in weights.items())
    length = 0.75 + 0.25 * len(sentence.words) / 14  # sentences of this kind have about 14 words
    number = 1.25 if wants_number and any(c.isdigit() for c in sentence.text) else 1.0
    return found * number / length


def _joined(
    best: _Sentence, known: Sequence[_Sentence], weights: dict[str, float]
) -> tuple[_Sentence, ...]:
    def gain(other: _Sentence) -> float:
        return _coverage((best, other), weights) - _coverage((best,), weights)

    others = [s for s in known if s is not best]
    second = max(others, key=lambda s: (gain(s), -s.order), default=None)
    if second is None or gain(second) < JOIN_GAIN:
        return (best,)
    if second.source == best.source and second.order < best.order:
        return (second, best)
    return (best, second)


def _coverage(chosen: Sequence[_Sentence], weights: dict[str, float]) -> float:
    total = sum(weights.values())
    found = sum(w * max(s.covers(word) for s in chosen) for word, w in weights.items())
    return found / total if total else 0.0


def _quote(chosen: Sequence[_Sentence]) -> str:
    return " ".join(f"{sentence.text} [{sentence.source}]" for sentence in chosen)


def _curve(covered: float) -> float:
    return 1 / (1 + math.exp(-7 * (covered - 0.6)))
