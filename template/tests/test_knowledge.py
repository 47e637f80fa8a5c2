"""What every article of the knowledge base owes its readers."""

import re
from pathlib import Path

import pytest

from workflow.retrieval import articles

KNOWLEDGE = Path(__file__).parents[1] / "workflow" / "knowledge"
FILES = sorted(KNOWLEDGE.glob("*.md"))
HEAD = re.compile(
    r'\A---\nid: (?P<id>[a-z0-9-]+)\ntitle: "[^"]+"\nupdated: "\d{4}-\d\d-\d\d"\n---\n\n'
)


def test_there_is_something_to_answer_from() -> None:
    assert articles()


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_an_article_states_its_id_its_title_and_when_it_was_updated(path: Path) -> None:
    head = HEAD.match(path.read_text(encoding="utf-8"))
    assert head, "start the file with id, title and updated between two '---' lines"
    assert head["id"] == path.stem


def test_no_two_articles_have_the_same_title() -> None:
    titles = [article.title for article in articles()]
    assert len(titles) == len(set(titles))
