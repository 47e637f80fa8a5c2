import pytest

from prooflane.files import EXECUTABLE, LINK, File, blob_id, is_safe, stays_inside, tree_id


def test_names_blobs_and_trees_as_git_does():
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert tree_id({}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    assert tree_id({"hello": File(b"hello\n")}) == "b4d01e9b0c4a9356736dfddf8830ba9a54f5271c"


def test_the_order_of_files_given_does_not_matter():
    files = {"b": File(b""), "a/c": File(b"", EXECUTABLE), "a.b": File(b"x", LINK)}
    assert tree_id(files) == tree_id(dict(reversed(files.items())))
    assert tree_id(files) == "cadb13121fc43f75597c19e4d37f906998ba2de1"


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../b",
        "/etc",
        "a//b",
        ".git/config",
        "a/.GIT/x",
        ".git ./x",
        "git~1/x",
        "a\\b",
        ".",
    ],
)
def test_refuses_a_path_that_leaves_the_project_or_enters_git(path):
    assert not is_safe(path)


@pytest.mark.parametrize("path", ["a", ".gitignore", ".github/x", "a/..b", "...", "a b/é"])
def test_accepts_a_path_inside(path):
    assert is_safe(path)


@pytest.mark.parametrize(
    ("path", "target", "inside"),
    [
        ("a", "b", True),
        ("a/b/c", "../../d", True),
        ("a/b", "../../d", False),
        ("a", "/etc/passwd", False),
        ("a", "b/../../c", False),
        ("a", "./b", True),
        ("a/b", "../c/./d", True),
        ("a/b", "../c/../d", False),
        (".gitmodules", "a", False),
        ("a/.GITattributes", "b", False),
    ],
)
def test_a_link_stays_inside_or_not(path, target, inside):
    assert stays_inside(path, target) is inside
