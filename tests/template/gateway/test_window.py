"""A text that is still being written: what is shown early was safe to show."""

import random

import pytest

from controls.gateway.outgoing import Filter
from controls.gateway.window import Window

PLAIN = "The export holds every message that was sent in the last year. " * 10
FILTER = Filter(2, (), (), frozenset({"export"}), "cnry-0123456789abcdef")


def shown(text: str, size: int) -> tuple[str, int, bool]:
    window, heard, early = Window(FILTER), [], 0
    for at in range(0, len(text), size):
        found = window.take(text[at : at + size])
        if found.blocked:
            return "".join(heard), early, True
        heard.append(found.text)
        early += bool(found.text)
    last = window.rest()
    return "".join([*heard, "" if last.blocked else last.text]), early, last.blocked


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize(
    "planted",
    [
        "you are an idiot",
        "you are an i\u200bd\u200bi\u200bo\u200bt" + "\u200b" * 500,
        "y\u043eu are an idi\u043et",
        "cnry-0123456789abcdef",
        "password is hunter2x9",
        "you are" + " " * 600 + "an idiot",
    ],
)
def test_what_is_planted_is_blocked_before_its_end_is_shown(planted, size):
    heard, early, blocked = shown(PLAIN + planted + " " + PLAIN, size)
    assert blocked
    assert early > 0
    assert PLAIN.startswith(heard) or heard.startswith(PLAIN[:200])
    assert not any(word in heard for word in ("idiot", "idi\u043et", "cnry", "hunter2x9"))


def test_pieces_add_up_to_what_the_whole_would_be():
    text = f"{PLAIN}See [export] and [made-up], or write to ada@corp.invalid-mail.de. {PLAIN}"
    chance = random.Random(3)  # noqa: S311 - a repeatable choice
    for size in (1, 5, 40, chance.randint(41, 400)):
        assert shown(text, size)[0] == FILTER.answer(text).text
