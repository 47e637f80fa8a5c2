"""Finds the articles that a question is about: BM25 over `knowledge/*.md`.

Nothing is answered here. Bring your own index by keeping `search`: question in, best sources first.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log
from pathlib import Path

from controls.run import Source

K1, B = 1.2, 0.75  # how soon repetition stops counting, how much length is held against an article
TITLE = 1.0  # what a word gains by standing in the title; in the text alone it reaches 2.2 at most
WORD = re.compile(r"\w+")
STOP_WORDS = frozenset(
    WORD.findall(
        "a am an and any are as at be but by can could did do does for from has have how i if in "
        "is it me may my no not of on or our should so that the their them then there they this "
        "to us was we what when where which who why will with would you your"
    )
)


def articles(folder: Path = Path(__file__).parent / "knowledge") -> list[Source]:
    """Return every article of `folder`; its id is its file's name."""
    return [_article(path) for path in sorted(folder.glob("*.md"))]


def _article(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    head = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    title = re.search(r'^title: "?(.+?)"?$', head[1] if head else "", re.MULTILINE)
    body = text[head.end() :] if head else text
    return Source(path.stem, title[1] if title else path.stem, body.strip())


def words(text: str) -> list[str]:
    """Return the words of `text` that carry meaning, cut so that `reset` finds `resetting`."""
    found = [word for word in WORD.findall(text.lower()) if word not in STOP_WORDS]
    stems = [re.sub(r"(?<=\w{3})(ing|ed|es|s|e)$", "", word) for word in found]
    return [re.sub(r"(\w)\1$", r"\1", stem) for stem in stems]


@lru_cache(maxsize=4096)
def _bags(source: Source) -> tuple[Counter[str], Counter[str]]:
    title = Counter(words(source.title))
    return title, title + Counter(words(source.text))


def search(question: str, sources: Sequence[Source], k: int) -> list[Source]:
    """Return the `k` sources that match `question` best, best first; none without a shared word."""
    bags = [_bags(source)[1] for source in sources]
    average = (sum(bag.total() for bag in bags) or 1) / max(len(bags), 1)
    holders = Counter(word for bag in bags for word in bag)
    wanted = set(words(question))

    def rarity(word: str) -> float:
        return log(1 + (len(bags) - holders[word] + 0.5) / (holders[word] + 0.5))

    def score(source: Source) -> float:
        title, bag = _bags(source)
        norm = K1 * (1 - B + B * bag.total() / average)
        return sum(
            rarity(word) * (bag[word] * (K1 + 1) / (bag[word] + norm) + TITLE * (word in title))
            for word in wanted
        )

    ranked = sorted(sources, key=score, reverse=True)  # stable: equal scores keep the given order
    return [source for source in ranked[:k] if score(source) > 0]
