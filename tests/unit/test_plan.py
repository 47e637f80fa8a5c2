"""What becomes of a path by who owns it, before anything is merged."""

import pytest

from prooflane.files import Entry, blob_id, tree_id
from prooflane.resync.plan import plan
from prooflane.resync.policy import Policy


class Nothing:
    """Objects that nobody may read: ownership decides without content."""

    def read(self, digest):
        raise AssertionError(digest)

    write = merge = read


def entry(word):
    return word and Entry(0o100644, blob_id(word.encode()))


def planned(owner, base, ours, theirs, **policy):
    sides = [{"f": entry(word)} if word else {} for word in (base, ours, theirs)]
    result = plan(*sides, Policy(ownership=lambda _: owner, **policy), Nothing())
    notes = [note.kind.value for note in result.notes]
    return result.tree.get("f"), notes, [c.kind.value for c in result.conflicts]


@pytest.mark.parametrize(
    ("owner", "sides", "result", "notes"),
    [
        ("managed", ("a", "a", "b"), "b", []),
        ("managed", ("a", "x", "b"), "b", ["managed-edit"]),
        ("managed", ("a", "x", "a"), "a", ["managed-edit"]),
        ("managed", ("a", None, "b"), "b", ["recreated"]),
        ("managed", ("a", "a", None), None, []),
        ("managed", ("a", "x", None), None, ["deleted-edited"]),
        ("managed", (None, None, "b"), "b", []),
        ("managed", (None, "x", "b"), "b", ["managed-edit"]),
        ("managed", (None, "x", None), "x", []),
        ("yours", ("a", "x", "b"), "x", []),
        ("yours", ("a", "a", "b"), "a", []),
        ("yours", ("a", None, "b"), None, ["kept-deleted"]),
        ("yours", ("a", "x", None), "x", []),
        ("yours", (None, None, "b"), "b", []),
        ("yours", (None, "x", "b"), "x", []),
        ("merged", ("a", "a", "b"), "b", []),
        ("merged", ("a", "x", "a"), "x", []),
        ("merged", ("a", None, "a"), None, ["kept-deleted"]),
        ("merged", ("a", None, "b"), None, ["kept-deleted"]),
        ("derived", ("a", "x", "a"), "x", []),
    ],
)
def test_a_path_of(owner, sides, result, notes):
    assert planned(owner, *sides) == (entry(result), notes, [])


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result", "notes"),
    [
        ("a", "x", "b", "x", []),
        ("a", None, "b", "b", ["recreated"]),
        (None, None, "b", "b", []),
        ("a", "a", None, None, []),
        ("a", "x", None, "x", []),
    ],
)
def test_a_path_that_a_foreign_template_writes_once(base, ours, theirs, result, notes):
    found = planned("merged", base, ours, theirs, is_kept_once=lambda _: True)
    assert found == (entry(result), notes, [])


def test_the_answers_are_those_that_made_the_new_version():
    assert planned("merged", "a", "a", "b", answers_file="f") == (entry("b"), [], [])


@pytest.mark.parametrize(
    ("ours", "says"),
    [
        ("name: x\n", []),
        ("name: 'demo'\n", []),
        ("name: demo  # why\n", ["has remarks of yours, and is written anew"]),
        ("name: demo\nnick: d\n", ["answers nick, which the template does not ask: left out"]),
    ],
    ids=["another answer", "the same in another form", "a remark", "an answer nobody asked for"],
)
def test_what_else_stands_in_an_answers_file_is_named(ours, says):
    texts = {entry(text).id: text.encode() for text in ("name: demo\n", ours, "name: new\n")}
    objects = Nothing()
    objects.read = texts.__getitem__
    sides = [{"f": entry(text)} for text in ("name: demo\n", ours, "name: new\n")]
    result = plan(*sides, Policy(answers_file="f"), objects)
    assert [note.text for note in result.notes] == says
    assert result.tree == sides[2]


def test_a_file_that_the_new_version_leaves_out_is_the_users_from_then_on():
    found = planned("merged", "a", "x", None, is_excluded_now=lambda _: True)
    assert found == (entry("x"), [], [])


def test_a_file_that_git_ignores_counts_as_the_users():
    found = planned("yours", None, None, "b", ignored={"f": entry("x")})
    assert found == (entry("x"), [], [])


def test_a_file_where_a_managed_folder_has_to_be_is_moved_aside():
    theirs = {"controls/x/y": entry("t")}
    ours = {"controls/x": entry("mine")}
    result = plan({}, ours, theirs, Policy(ownership=lambda _: "managed"), Nothing())
    assert result.tree == {"controls/x/y": entry("t"), "controls/x~yours": entry("mine")}
    assert [(c.path, c.kind.value) for c in result.conflicts] == [("controls/x~yours", "mode")]
    assert tree_id(result.tree)
