import pytest

from controls.reply import ABSTAIN, Reply, Source


@pytest.mark.parametrize(
    ("text", "citations", "abstained"),
    [
        pytest.param(
            "Do it. [a] And [b-2]. [a]", ("a", "b-2"), False, id="each source once, in order"
        ),
        pytest.param(ABSTAIN, (), True, id="the abstention sentence"),
        pytest.param(f"Perhaps. {ABSTAIN}", (), True, id="half an answer is an abstention"),
        pytest.param("See [] and [ x ].", (), False, id="brackets that hold no id"),
    ],
)
def test_a_text_becomes_a_reply(text, citations, abstained):
    assert Reply.parse(f" {text} ") == Reply(text, citations, abstained)


def test_a_source_is_known_by_its_text():
    assert Source("a", "A", "text").digest == (
        "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"
    )
