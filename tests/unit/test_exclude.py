import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import PathSpec

from prooflane.render.errors import NotHermeticError
from prooflane.render.exclude import matcher

PART = st.text("ab*?.", min_size=1, max_size=3)
PATTERN = st.builds(
    lambda mark, root, parts, end: mark + root + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(PART, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
).filter(lambda pattern: "**" not in pattern and not pattern.endswith("/*"))
NAME = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name not in {".", ".."})
PATH = st.lists(NAME, min_size=1, max_size=4).map("/".join)


@given(st.lists(PATTERN, max_size=4), PATH)
def test_plain_patterns_match_as_in_the_library_that_copier_uses(patterns, path):
    theirs = PathSpec.from_lines("gitignore", patterns)
    assert matcher(patterns)(path) == theirs.match_file(path)


@pytest.mark.parametrize(
    ("patterns", "path", "excluded"),
    [
        (["*.pyc"], "a/b.pyc", True),
        (["/a/b"], "a/b/c", True),
        (["/a/b"], "x/a/b", False),
        (["docs/"], "docs", False),
        (["docs/"], "x/docs/y", True),
        (["a", "!a/keep"], "a/keep", False),
        (["\n  \n# a\n"], "a", False),
        (["*.py[co]"], "x.pyo", True),
        (["a.b"], "axb", False),
    ],
    ids=[
        "an ending anywhere",
        "what lies below a path from the root",
        "a path from the root not elsewhere",
        "a folder's pattern not for a file",
        "a folder anywhere",
        "the last pattern decides",
        "blank lines and comments say nothing",
        "a choice of letters",
        "a dot is a dot",
    ],
)
def test_excludes(patterns, path, excluded):
    assert matcher(patterns)(path) is excluded


@pytest.mark.parametrize("pattern", ["a/**/b", "a/*", "[!a]", "a\\ b", "é"])
def test_leaves_rare_patterns_to_copier(pattern):
    with pytest.raises(NotHermeticError):
        matcher([pattern])
