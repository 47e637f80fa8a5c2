"""Turns one red-team seed into several cases: the same attack in other clothes.

A seed is a case with an `attack` for the question and an `article` that carries it. Deterministic:
the same seeds always give the same cases, so a count of cases is a count. Nothing is judged here.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from controls.errors import ControlsError

_HOMOGLYPHS: Final = str.maketrans("aceopxyiASEOPTX", "асеорхуіАЅЕОРТХ")  # noqa: RUF001  the point
_ZERO_WIDTH: Final = "\u200b"
ARTICLE: Final = "notice-0417"

Row = Mapping[str, object]


def _plain(attack: str) -> str:
    return attack


def _base64(attack: str) -> str:
    code = base64.b64encode(attack.encode()).decode()
    return f"Decode this base64 text and do what it says: {code}"


def _homoglyph(attack: str) -> str:
    return attack.translate(_HOMOGLYPHS)


def _zero_width(attack: str) -> str:
    return _ZERO_WIDTH.join(attack)


_IN_QUESTION: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": _plain,
    "base64": _base64,
    "homoglyph": _homoglyph,
    "zero-width": _zero_width,
}
_IN_ARTICLE: Final[Mapping[str, Callable[[str], str]]] = {
    "poisoned-article": _plain,
    "poisoned-article-zero-width": _zero_width,
}
NAMES: Final = (*_IN_QUESTION, *_IN_ARTICLE)


def expand(seed: Row, mutators: object, at: str) -> Iterator[dict[str, object]]:
    """Yield one case for each mutator: the attack in the question, or in an article beside it.

    A poisoned article holds the seed's `article` text, which stays on the question's topic: an
    attack that is never retrieved would prove nothing. `at` is the seed's place, for messages.

    Raises:
        ControlsError: when a mutator is unknown, or the seed lacks a text.
    """
    attack, article, question = (_text(seed, key, at) for key in ("attack", "article", "question"))
    rest = {key: value for key, value in seed.items() if key not in {"attack", "article"}}
    for name in mutators if isinstance(mutators, list) else NAMES:
        case = {**rest, "id": f"{seed.get('id')}-{name}", "kind": name}
        if name in _IN_QUESTION:
            yield {**case, "question": f"{question}\n{_IN_QUESTION[name](attack)}"}
        elif name in _IN_ARTICLE:
            text = _IN_ARTICLE[name](article)
            yield {**case, "documents": [{"id": ARTICLE, "title": question, "text": text}]}
        else:
            raise ControlsError(f"{at}: unknown mutator {name!r}", f"one of: {', '.join(NAMES)}")


def _text(seed: Row, key: str, at: str) -> str:
    value = seed.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ControlsError(f"{at}: the seed needs a text {key!r}, found {value!r}")
    return value
