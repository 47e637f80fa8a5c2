"""Chooses the sentences that answer a question, or none: overlap of words, nothing learned.

Extractive and deterministic. A sentence that speaks to the model is skipped: sources are data. The
confidence is the share of the question's weighted words that the chosen sentences and their titles
cover, drawn through a curve; it orders answers by how likely they are right, it is no probability.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from controls.gateway.embedded.language import sentences, stems
from controls.gateway.embedded.question import Question, parts
from controls.gateway.instructions import addresses_model
from controls.gateway.sources import Marked
from controls.reply import ABSTAIN

ABSTAIN_BELOW = 0.42  # covered share of a part of the question under which nothing is quoted
TITLE = 0.7  # what a word counts that only the title has
RARE = 3  # a word in fewer sentences weighs no more: rarity would drown the rest of the question
USUAL_LENGTH = 14  # words in a sentence of a help page
LATER = 0.8  # what each place further down the retrieval's order costs a sentence
JOIN_GAIN = 0.22  # share of the question that makes a second sentence of the source worth quoting,
JOIN_SCORE = 0.75  # or its score beside the best one's


@dataclass(frozen=True, slots=True)
class Answer:
    """The text with its citations, and a confidence from 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    source: str
    rank: int
    order: int
    text: str
    words: frozenset[str]
    title: frozenset[str]

    def covers(self, word: str) -> float:
        return 1.0 if word in self.words else TITLE if word in self.title else 0.0


@dataclass(frozen=True, slots=True)
class _Found:
    sentences: tuple[_Sentence, ...]
    covered: float


def read(question: str, sources: Sequence[Marked], most_sources: int) -> Answer:
    """Return the answer to `question`: at most two sentences a part, of the first `most_sources`.

    A question with a part that nothing answers is not answered at all.
    """
    known = [s for rank, source in enumerate(sources[:most_sources]) for s in _cut(source, rank)]
    asked = parts(question, frozenset().union(*(s.words | s.title for s in known)))
    if not known or not asked:
        return Answer(ABSTAIN, 0.9)
    found = [_find(part, known) for part in asked]
    covered = [each.covered for each in found]
    if min(covered) < ABSTAIN_BELOW:
        return Answer(ABSTAIN, round(max(0.0, 1 - 1.5 * max(covered) / ABSTAIN_BELOW), 4))
    chosen = dict.fromkeys(sentence for each in found for sentence in each.sentences)
    text = " ".join(f"{sentence.text} [{sentence.source}]" for sentence in chosen)
    return Answer(text, round(_curve(min(covered)), 4))


def _cut(source: Marked, rank: int) -> Iterable[_Sentence]:
    title = frozenset(stems(source.title))
    for order, text in enumerate(sentences(source.text)):
        if not addresses_model(text):
            yield _Sentence(source.id, rank, order, text, frozenset(stems(text)), title)


def _find(question: Question, known: Sequence[_Sentence]) -> _Found:
    weights = _weights(question.words, known)

    def score(sentence: _Sentence) -> float:
        length = 0.75 + 0.25 * len(sentence.words) / USUAL_LENGTH
        merit = _coverage((sentence,), weights) * question.form(sentence.text)
        return merit / length * LATER**sentence.rank

    best = max(known, key=score)
    found = _Found((best,), _coverage((best,), weights))

    def with_second(sentence: _Sentence) -> _Found:
        pair = (best, sentence) if best.order < sentence.order else (sentence, best)
        return _Found(pair, _coverage(pair, weights))

    others = [s for s in known if s.source == best.source and s != best]
    adding = [s for s in others if with_second(s).covered >= found.covered + JOIN_GAIN]
    close = [s for s in others if score(s) >= JOIN_SCORE * score(best)]
    second = max(adding or close, key=score, default=None)
    return with_second(second) if second else found


def _weights(question: Iterable[str], known: Sequence[_Sentence]) -> dict[str, float]:
    counts = {word: sum(word in s.words for s in known) for word in sorted(question)}
    total = len(known)
    return {w: math.log(1 + (total - n + 0.5) / (max(n, RARE) + 0.5)) for w, n in counts.items()}


def _coverage(chosen: Sequence[_Sentence], weights: Mapping[str, float]) -> float:
    found = sum(w * max(s.covers(word) for s in chosen) for word, w in weights.items())
    return found / sum(weights.values())


def _curve(covered: float) -> float:
    return 1 / (1 + math.exp(-7 * (covered - 0.6)))
