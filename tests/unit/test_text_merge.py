"""Three texts to one, by line: as git does it."""

import random

import pytest

from prooflane.merge import text
from prooflane.merge.diff import hunks

MINE, THEIRS = b"<<<<<<< yours\n", b">>>>>>> template\n"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result", "conflicts"),
    [
        (b"", b"", b"", b"", 0),
        (b"a\nb\nc\n", b"a\nb\nc\n", b"a\nx\nc\n", b"a\nx\nc\n", 0),
        (b"a\nb\nc\n", b"A\nb\nc\n", b"a\nb\nC\n", b"A\nb\nC\n", 0),
        (b"a\n", b"b\n", b"c\n", MINE + b"b\n=======\nc\n" + THEIRS, 1),
        (b"a", b"b", b"c", MINE + b"b\n=======\nc\n" + THEIRS, 1),
        (b"a\n", b"", b"c\n", MINE + b"=======\nc\n" + THEIRS, 1),
        (b"a\nb\n", b"b\n", b"a\nc\n", MINE + b"b\n=======\na\nc\n" + THEIRS, 1),
        (
            b"a\nb\n",
            b"x\nsame\ny\n",
            b"p\nsame\nq\n",
            MINE + b"x\n=======\np\n" + THEIRS + b"same\n" + MINE + b"y\n=======\nq\n" + THEIRS,
            2,
        ),
        (b"a\nb\n", b"x\n}\ny\n", b"p\n}\nq\n", MINE + b"x\n}\ny\n=======\np\n}\nq\n" + THEIRS, 1),
        (b"a\r\nb\r\n", b"a\nb\n", b"a\r\nc\r\n", b"a\nc\n", 0),
        (b"a\nb\n", b"a\r\nb\r\n", b"a\nc\n", b"a\r\nc\r\n", 0),
        (b"a\nb\n", b"a\nB\n", b"a\r\nb\r\n", b"a\r\nB\r\n", 0),
        (b"a\rb\n", b"a\rb\nc\n", b"x\na\rb\n", b"x\na\rb\nc\n", 0),
    ],
)
def test_three_texts_become(base, ours, theirs, result, conflicts):
    assert text.merge(base, ours, theirs) == text.Text(result, conflicts)


def test_hunks_take_one_side_to_the_other_whatever_they_hold():
    chance = random.Random(5)  # noqa: S311 - the same cases each time
    for _ in range(300):
        a, b = ([chance.randrange(6) for _ in range(chance.randrange(30))] for _ in range(2))
        made, at = [], 0
        for hunk in hunks(a, b):
            made += a[at : hunk.a] + b[hunk.b : hunk.b_end]
            at = hunk.a_end
        assert made + a[at:] == b


def test_two_long_texts_without_a_line_in_common_are_merged_at_once():
    base = b"".join(b"%d\n" % number for number in range(4_000))
    ours = b"".join(b"x\n" if number % 3 else b"%d\n" % number for number in range(4_000))
    assert text.merge(base, ours, base).data == ours
    assert text.merge(base, base.replace(b"1", b"2"), ours).conflicts
