"""A bare repository through the library: what it reads and writes is what git's commands do."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from engine import commit, git, write

from prooflane.errors import ProoflaneError
from prooflane.files import Entry, tree_id
from prooflane.git import place as places
from prooflane.git.identity import Identity
from prooflane.git.objects import store
from prooflane.git.odb import Bare, Folders

WHO = Identity("Ada <ada@example.com> 1700000000 +0100", "Bob <bob@example.com> 1700000001 +0000")
FILES = {"a.txt": "a\n", "dócs/größe.md": "b\n", "sub/deep/c": "c\n", "link": Path("a.txt")}


@pytest.fixture
def bare(tmp_path):
    """Return a bare repository with files, a link and a submodule."""
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    write(root, FILES)
    first = commit(root)
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{first},vendor/lib")
    git(root, "commit", "--quiet", "--message", "Submodule")
    git(root, "clone", "--quiet", "--bare", str(root), str(tmp_path / "bare.git"))
    return tmp_path / "bare.git"


def test_both_ways_to_git_read_the_same_files(bare):
    opened, place = Bare(bare, Folders()), places.find(bare)
    assert opened.head() == place.head
    assert opened.entries(place.head) == places.entries(place, place.head)
    blob = opened.entries(place.head)["sub/deep/c"].id
    with store(bare) as objects:
        assert objects.read(blob) == opened.store().read(blob) == b"c\n"


def test_a_commit_keeps_submodules_and_names_who_made_it(bare):
    opened = Bare(bare, Folders())
    head, objects = opened.head(), opened.store()
    tree = {**opened.entries(head), "new/file": Entry(0o100755, objects.write(b"new\n"))}
    objects.keep([tree["new/file"].id])
    made = opened.commit(tree, "Sync", WHO, head)
    assert git(bare, "rev-parse", "main") == made
    assert git(bare, "fsck", "--strict") == ""
    assert git(bare, "show", "main:new/file") == "new"
    assert git(bare, "log", "-1", "--format=%an %cn %s %P") == f"Ada Bob Sync {head}"
    assert git(bare, "ls-tree", "main", "vendor/lib").startswith("160000 commit")


def test_nothing_is_stored_before_it_is_kept(bare):
    objects = Bare(bare, Folders()).store()
    digest = objects.write(b"only in memory\n")
    assert objects.read(digest) == b"only in memory\n"
    assert Bare(bare, Folders()).read(digest) is None
    objects.keep([digest])
    assert Bare(bare, Folders()).read(digest) == b"only in memory\n"


def test_a_branch_that_moved_is_left_alone(bare):
    opened = Bare(bare, Folders())
    head = opened.head()
    tree = opened.entries(head)
    other = git(bare, "commit-tree", f"{head}^{{tree}}", "-p", head, "-m", "Somebody else")
    git(bare, "update-ref", "refs/heads/main", other)
    with pytest.raises(ProoflaneError) as refused:
        opened.commit({**tree, "x": tree["a.txt"]}, "Sync", WHO, head)
    assert refused.value.message == "the branch moved while the sync ran"
    assert git(bare, "rev-parse", "main") == other


def test_an_object_that_is_missing_is_named(bare):
    with pytest.raises(ProoflaneError) as refused:
        Bare(bare, Folders()).store().read("0" * 40)
    assert refused.value.message == f"the repository lacks its object {'0' * 40!r}"
    assert refused.value.hint == "git fetch --refetch"


def test_what_is_no_repository_is_named(bare):
    with pytest.raises(ProoflaneError, match="is not a git repository"):
        Bare(bare.parent / "nowhere", Folders())


def test_ids_of_trees_are_gits(bare):
    opened = Bare(bare, Folders())
    head = opened.head()
    made = opened.commit(opened.entries(head), "Same", WHO, head)
    same = git(bare, "rev-parse", f"{made}^{{tree}}", f"{head}^{{tree}}").split()
    assert same[0] == same[1]
    assert tree_id({"a": Entry(0o100644, "1" * 40)}) != tree_id({"a": Entry(0o100755, "1" * 40)})
