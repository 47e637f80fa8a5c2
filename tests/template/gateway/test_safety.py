"""The safety filter: every planted text is stopped with a signal, no benign one is touched."""

from pathlib import Path

import pytest

from controls.gateway import planted, safety
from controls.gateway.categories import CATEGORIES

BENIGN = (Path(__file__).parent / "benign.txt").read_text(encoding="utf-8").splitlines()


def categories(text: str, *contacts: str) -> list[str]:
    return [signal.category for signal in safety.apply(text, contacts).signals]


def test_not_one_of_a_hundred_benign_texts_is_touched():
    assert len(BENIGN) == 100
    changed = {text: safety.apply(text).text for text in BENIGN if safety.apply(text).text != text}
    assert changed == {}
    assert [text for text in BENIGN if safety.apply(text).signals] == []


@pytest.mark.parametrize(("category", "text"), planted.unsafe())
def test_a_planted_text_is_stopped_under_its_category(category, text):
    filtered = safety.apply(text)
    assert category in [signal.category for signal in filtered.signals]
    assert filtered.text != text


def test_every_category_has_a_planted_text():
    assert {name for name, _ in planted.unsafe()} == {category.name for category in CATEGORIES}


def test_what_is_redacted_leaves_the_rest_readable():
    text = "Write to " + "grace.hopper" + "@example.org or call +1 202 " + "555 0147 today."
    assert safety.apply(text).text == "Write to [redacted: email] or call [redacted: phone] today."


def test_what_is_blocked_leaves_nothing_and_names_the_category():
    filtered = safety.apply("Sure! You are an " + "idiot. The answer is 12.")
    assert filtered.blocked
    assert filtered.text == "This answer was withheld by the safety filter (insult)."


def test_a_signal_never_quotes_what_it_found():
    card = "4111 1111 " + "1111 1111"
    (signal,) = safety.apply(f"Card {card}.").signals
    assert card not in repr(signal)
    assert (signal.category, signal.action, signal.verdict) == ("payment-card", "redact", "fail")
    assert signal.policy == "controls/gateway/safety.py"


@pytest.mark.parametrize(
    ("number", "is_card"),
    [
        ("4111 1111 1111 " + "1111", True),
        ("4111 1111 1111 " + "1112", False),
        ("378282246310" + "005", True),
        ("5555-5555-5555-" + "4444", True),
        ("4444 4444 4444 " + "4444", False),
    ],
)
def test_a_card_is_told_from_a_number_by_its_check_digit(number, is_card):
    assert (categories(f"Number {number} is on file.") == ["payment-card"]) is is_card


def test_listed_contacts_may_stay():
    text = "Ask ada@example.com or +44 20 7946 " + "0018."
    assert categories(text) == ["email", "phone"]
    assert categories(text, "example.com", "+442079460018") == []
    assert categories(text, "ADA@example.com", "+44 (20) 7946 0018") == []


def test_disguises_do_not_help():
    assert categories("You are an id" + "\u200biot.") == ["insult"]
    assert categories("You are an \u0456di\u043et.") == ["insult"]
    assert categories("\uff39ou are an idiot.") == ["insult"]
    assert categories("You are an i\ufe0fd\ufe0fi\U000e0101ot.") == ["insult"]
    assert categories("You are an i\u17b4diot.") == ["insult"]
