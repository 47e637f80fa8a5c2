"""How articles are found."""

from pathlib import Path

from controls.run import Source
from workflow.retrieval import articles, search, words

TITLED = Source("titled", "Refunds", "Money comes back within a week.")
MENTION = Source("mention", "Invoices", "An invoice says nothing about refunds, only about money.")
OTHER = Source("other", "Calendars", "Events are read every hour.")
SHELF = [OTHER, MENTION, TITLED]


def found(question: str, k: int = 8) -> list[str]:
    return [source.id for source in search(question, SHELF, k)]


def test_a_title_counts_more_than_a_mention() -> None:
    assert found("refunds") == ["titled", "mention"]


def test_an_article_that_shares_no_word_is_left_out() -> None:
    assert found("calendars") == ["other"]
    assert found("trombone") == []


def test_words_without_meaning_find_nothing() -> None:
    assert found("what is the") == []


def test_no_more_than_k_articles_are_returned() -> None:
    assert found("refunds", k=1) == ["titled"]


def test_an_empty_shelf_is_no_error() -> None:
    assert search("refunds", [], 8) == []


def test_forms_of_a_word_find_each_other() -> None:
    assert words("reset resets resetting") == ["reset", "reset", "reset"]
    assert words("invite invited inviting") == ["invit", "invit", "invit"]


def test_an_article_is_named_after_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        '---\nid: a\ntitle: "Alpha"\nupdated: "2026-01-01"\n---\n\nOne.\n'
    )
    (tmp_path / "b.md").write_text("Two.\n")
    assert articles(tmp_path) == [Source("a", "Alpha", "One."), Source("b", "b", "Two.")]
