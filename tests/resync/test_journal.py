"""A prepared change is made whole, or taken back whole, and what was interrupted is finished."""

import json
import os
import shutil
import subprocess

import pytest

from prooflane.errors import ProoflaneError
from prooflane.resync import journal, moves
from prooflane.resync.desk import Desk, Move, digest, signature

WRITTEN = {"a": "new a\n", "b/c": "new c\n", "fresh/d": "new d\n"}


@pytest.fixture
def desk(tmp_path):
    """Return a desk in a real repository, with three files prepared and one to be removed."""
    root = tmp_path / "made"
    for name in ("a", "b/c", "gone/e"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"old {name}\n")
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    made = Desk(root, root / ".git")
    for name, text in WRITTEN.items():
        (made.files / name).parent.mkdir(parents=True, exist_ok=True)
        (made.files / name).write_text(text)
    shutil.copy(root / ".git/index", made.index)
    git(root, made.index, "update-index", "--chmod=+x", "a")
    return made


def git(root, index, *args):
    environment = os.environ | {"GIT_INDEX_FILE": str(index)}
    command = ["git", *args]
    return subprocess.check_output(command, cwd=root, env=environment, text=True)


@pytest.fixture
def listed(desk):
    """Return the moves of the desk."""
    paths = [("a", True), ("b/c", True), ("fresh/d", True), ("gone/e", False)]
    return tuple(Move(path, writes, signature(desk.root / path)) for path, writes in paths)


def files(desk):
    found = (path for path in desk.root.rglob("*") if path.is_file())
    names = {
        str(path.relative_to(desk.root)): path.read_text()
        for path in found
        if ".git" not in path.parts
    }
    return names, sorted(path.name for path in desk.root.iterdir() if path.name != ".git")


def died(desk, listed, made):
    """Leave the desk as a machine does that dies after `made` moves."""
    before = digest(desk.git / "index")
    rows = [[move.path, move.writes, move.was] for move in listed]
    desk.journal.write_text(json.dumps({"index": before, "moves": rows}))
    (desk.git / "index.lock").hardlink_to(desk.index)
    moves.make(desk, [pair for pair in enumerate(listed) if pair[1].path in made])


def is_after(desk):
    names, top = files(desk)
    assert (names, top) == (WRITTEN, ["a", "b", "fresh"])
    return not desk.folder.exists()


def test_all_moves_are_made(desk, listed):
    staged = git(desk.root, desk.index, "ls-files", "--stage")
    journal.commit(desk, listed, digest(desk.git / "index"))
    assert is_after(desk)
    assert git(desk.root, desk.git / "index", "ls-files", "--stage") == staged
    assert not (desk.git / "index.lock").exists()


def test_a_move_that_fails_is_taken_back_and_all_before_it(desk, listed):
    before = files(desk)
    (desk.files / "fresh/d").unlink()
    with pytest.raises(OSError, match="No such file"):
        moves.make(desk, list(enumerate(listed)))
    assert files(desk) == before


@pytest.mark.parametrize(
    "made", [(), ("gone/e",), ("gone/e", "a"), ("gone/e", "a", "b/c", "fresh/d")]
)
def test_what_a_dead_machine_left_is_finished(made, desk, listed):
    died(desk, listed, made)
    assert journal.is_pending(desk)
    assert journal.recover(desk)
    assert is_after(desk)


def test_what_a_dead_machine_left_and_cannot_be_finished_yet_is_finished_later(desk, listed):
    died(desk, listed, ("gone/e", "a"))
    (desk.root / "fresh").write_text("in the way\n")
    with pytest.raises(ProoflaneError, match=r"fresh' cannot be written: file exists$") as error:
        journal.recover(desk)
    assert error.value.hint == "the rest is made by the same command, once it can be"
    assert (desk.root / "b/c").read_text() == "old b/c\n"
    (desk.root / "fresh").unlink()
    assert journal.recover(desk)
    assert is_after(desk)


def test_a_change_that_was_made_is_done_although_git_wrote_its_index_since(desk, listed):
    died(desk, listed, [move.path for move in listed])
    (desk.git / "index.lock").replace(desk.git / "index")
    git(desk.root, desk.git / "index", "update-index", "--chmod=+x", "b/c")
    assert journal.recover(desk)
    assert is_after(desk)
    assert "100755" in git(desk.root, desk.git / "index", "ls-files", "--stage", "b/c")


def test_moves_that_were_taken_back_can_be_made_again(desk, listed):
    before = files(desk)
    (desk.root / "fresh").write_text("in the way\n")
    with pytest.raises(OSError, match="File exists"):
        moves.make(desk, list(enumerate(listed)))
    (desk.root / "fresh").unlink()
    assert files(desk) == before
    moves.make(desk, list(enumerate(listed)))
    assert files(desk)[0] == WRITTEN


def test_nothing_is_left_to_finish(desk):
    assert not journal.recover(desk)
    assert not desk.folder.exists()


def test_the_lock_of_a_refresh_that_died_is_given_back(desk):
    (desk.folder / "fresh-index").write_bytes((desk.git / "index").read_bytes())
    (desk.git / "index.lock").hardlink_to(desk.folder / "fresh-index")
    assert not journal.recover(desk)
    assert not (desk.git / "index.lock").exists()


def test_the_lock_of_a_running_git_is_left_alone(desk):
    (desk.git / "index.lock").write_bytes((desk.git / "index").read_bytes())
    assert not journal.recover(desk)
    assert (desk.git / "index.lock").exists()


def test_a_file_that_was_edited_since_is_not_overwritten(desk, listed):
    died(desk, listed, ("gone/e", "a"))
    (desk.root / "b/c").write_text("mine, since\n")
    with pytest.raises(ProoflaneError, match=r"^'b/c' was edited while a sync ran$") as error:
        journal.recover(desk)
    assert str(desk.folder) in error.value.hint
    assert (desk.root / "b/c").read_text() == "mine, since\n"


def test_an_index_that_a_person_took_over_is_not_replaced(desk, listed):
    died(desk, listed, ("gone/e", "a"))
    (desk.git / "index.lock").unlink()
    subprocess.run(["git", "add", "--all"], cwd=desk.root, check=True)
    staged = digest(desk.git / "index")
    with pytest.raises(ProoflaneError, match=r"^the index changed while a sync ran$"):
        journal.recover(desk)
    assert digest(desk.git / "index") == staged


def test_a_file_that_is_edited_before_the_first_move_stops_the_change(desk, listed):
    (desk.root / "a").write_text("mine, just now\n")
    before = files(desk)
    with pytest.raises(ProoflaneError, match=r"^'a' was edited while a sync ran$"):
        journal.commit(desk, listed, digest(desk.git / "index"))
    assert files(desk) == before
    assert not (desk.git / "index.lock").exists()
    assert not journal.is_pending(desk)
