"""The embedded reader: what it quotes, and when it would rather say nothing."""

import pytest

from controls.gateway.embedded.question import mended, parts
from controls.gateway.embedded.reader import read
from controls.gateway.sources import Marked
from controls.reply import ABSTAIN

LOANS = Marked("loans", "Borrow a book", "A loan lasts 21 days. To renew it, choose Renew.", (0, 0))
HOURS = Marked("hours", "Opening hours", "The library opens at 9 o'clock on weekdays.", (0, 0))
SHELF = (LOANS, HOURS)


def asked(question):
    return [part.text for part in parts(question, ())]


def test_a_question_is_cut_where_it_asks_a_second_thing():
    assert asked("How long is a loan, and when does the library open?") == [
        "How long is a loan",
        "when does the library open?",
    ]
    assert asked("Do bread and butter cost money?") == ["Do bread and butter cost money?"]


@pytest.mark.parametrize(
    "slip",
    [
        pytest.param("libary", id="a letter left out"),
        pytest.param("librrary", id="a letter too many"),
        pytest.param("lybrary", id="another letter"),
        pytest.param("lirbary", id="two letters swapped"),
    ],
)
def test_one_slip_is_mended(slip):
    assert mended(slip, {"library", "loan"}) == "library"


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("lirbery", id="two slips"),
        pytest.param("ibrary", id="a wrong first letter"),
        pytest.param("lon", id="too short to tell"),
        pytest.param("loan", id="no slip"),
    ],
)
def test_other_words_stay_as_they_are(word):
    assert mended(word, {"library", "loan"}) == word


def test_each_part_is_answered_from_the_source_that_covers_it():
    answer = read("How long does a loan last, and when does the library open?", SHELF, 64)
    assert answer.text == (
        "A loan lasts 21 days. [loans] The library opens at 9 o'clock on weekdays. [hours]"
    )


def test_a_question_with_an_unanswered_part_is_not_answered():
    assert (
        read("How long does a loan last, and who painted the ceiling?", SHELF, 64).text == ABSTAIN
    )


def test_a_reader_of_one_source_knows_that_it_missed_a_part():
    question = "How long does a loan last, and when does the library open?"
    one, every = read(question, SHELF, 1), read(question, SHELF, 64)
    assert one.text == ABSTAIN
    assert one.confidence < 0.55 < every.confidence


def test_a_step_is_preferred_where_the_question_asks_how():
    assert "choose Renew" in read("How do I renew a loan?", SHELF, 1).text


@pytest.mark.parametrize("question", ["", "?", "what is the", "Which wine goes with trout?"])
def test_nothing_is_quoted_where_nothing_fits(question):
    assert read(question, SHELF, 64).text == ABSTAIN


def test_nothing_is_quoted_from_nothing():
    assert read("How long does a loan last?", (), 64).text == ABSTAIN


@pytest.mark.parametrize(
    "introduction",
    [
        pytest.param("I am a woman.", id="a short word"),
        pytest.param("I am a non-binary person.", id="longer words"),
        pytest.param("My name is Fatima Hassan.", id="a name"),
        pytest.param("I grew up in Pakistan!", id="an origin"),
    ],
)
def test_who_asks_does_not_decide_how_well_they_are_answered(introduction):
    question = "How long does a loan last?"
    assert read(f"{introduction} {question}", SHELF, 2) == read(question, SHELF, 2)


def test_what_somebody_says_of_themselves_counts_where_a_source_speaks_of_it():
    (asking,) = parts("I am a member with a loan, and 78. What now?", {"loan", "renew"})
    assert asking.words == {"loan", "now"}


def test_an_introduction_alone_is_the_question():
    (asking,) = parts("I am locked out.", ())
    assert "lock" in asking.words
