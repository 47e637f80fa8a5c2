"""What a reader of the answers may rely on, whichever model is behind them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from controls.prompts import load
from controls.run import ABSTAIN, Reply, Source
from workflow.retrieval import articles

ROOT = Path(__file__).parents[1]
PARKING = Source("parking", "Parking garage", "The parking garage opens at six in the morning.")


def test_an_answer_names_the_article_that_it_comes_from(ask: Callable[..., Reply]) -> None:
    reply = ask("How do I reset my password?")
    assert "Forgot password" in reply.text
    assert "password-reset" in reply.citations


def test_what_the_articles_do_not_say_is_not_answered(ask: Callable[..., Reply]) -> None:
    reply = ask("Which wine goes with grilled trout?")
    assert reply.abstained
    assert reply.text == ABSTAIN
    assert reply.citations == ()


@pytest.mark.parametrize("question", ["", "   ", "???", "the of and"])
def test_a_question_without_content_is_not_answered(
    ask: Callable[..., Reply], question: str
) -> None:
    assert ask(question).abstained


def test_an_attached_document_is_read_beside_the_articles(ask: Callable[..., Reply]) -> None:
    question = "When does the parking garage open?"
    assert ask(question).abstained
    assert ask(question, [PARKING]).citations == ("parking",)


def test_every_citation_is_an_article(ask: Callable[..., Reply]) -> None:
    cited = ask("When does an API token expire, and when does an invitation expire?").citations
    assert cited
    assert set(cited) <= {article.id for article in articles()}


def test_the_prompt_tells_the_model_how_to_abstain() -> None:
    assert ABSTAIN in load(ROOT, "answer").text
