"""Kept connections: one opening for many uses, and never to a file that is no longer there."""

import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from controls.gateway import connections, database
from controls.gateway.refusal import Refused

TEMPLATE = Path(__file__).parents[3] / "template"
SCHEMA = "CREATE TABLE words (word TEXT NOT NULL)"


def write(path: Path, word: str) -> int:
    with database.writing(path, SCHEMA) as base:
        base.execute("INSERT INTO words VALUES (?)", (word,))
        return id(base)


def words(path: Path) -> list[str]:
    with database.opened(path, SCHEMA) as base:
        return [row["word"] for row in base.execute("SELECT word FROM words ORDER BY rowid")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".aiwf/words.db"


def test_a_file_is_opened_once(path, monkeypatch):
    opened = []
    connect = connections._connect
    monkeypatch.setattr(connections, "_connect", lambda *a: opened.append(a) or connect(*a))
    for word in "abc":
        write(path, word)
    assert words(path) == ["a", "b", "c"]
    assert len(opened) == 1


def test_two_uses_at_a_time_have_a_connection_each(path):
    write(path, "a")
    with database.opened(path, SCHEMA) as one, database.opened(path, SCHEMA) as two:
        assert one is not two


def test_threads_hand_a_connection_on(path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(path, str(number)), range(200)))
    assert sorted(map(int, words(path))) == list(range(200))


def test_after_an_error_nothing_half_done_is_handed_on(path):
    write(path, "a")
    with suppress(ZeroDivisionError), database.writing(path, SCHEMA) as base:
        base.execute("INSERT INTO words VALUES ('b')")
        _ = 1 / 0
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        base.execute("SELECT 1")
    assert words(path) == ["a"]


@pytest.mark.parametrize(
    "remove",
    [Path.unlink, lambda path: shutil.rmtree(path.parent)],
    ids=["the file alone", "its folder"],
)
def test_a_file_that_was_deleted_is_made_again_and_is_empty(path, remove):
    for word in "ab":
        write(path, word)
    remove(path)
    write(path, "c")
    assert words(path) == ["c"]


def test_a_file_that_was_replaced_is_the_one_that_is_used(path, tmp_path):
    write(path, "old")
    backup = tmp_path / "backup.db"
    database._create(backup, SCHEMA)
    with sqlite3.connect(backup) as base:
        base.execute("INSERT INTO words VALUES ('new')")
    base.close()
    for left in path.parent.glob("words.db-*"):
        left.unlink()
    backup.replace(path)
    write(path, "newer")
    assert words(path) == ["new", "newer"]


def test_only_so_many_connections_are_kept(tmp_path):
    for number in range(connections.KEPT + 5):
        write(tmp_path / f"{number}/words.db", "a")
    assert len(connections._pool(os.getpid())._idle) == connections.KEPT


FORKED = """
import os, sys
from pathlib import Path
from controls.gateway import connections, database

path, schema = Path(sys.argv[1]), "CREATE TABLE words (word TEXT NOT NULL)"

def write(word):
    with database.writing(path, schema) as base:
        base.execute("INSERT INTO words VALUES (?)", (word,))
        return id(base)

parent = write("parent")
kept = connections._pool(os.getpid())._idle[0].base
if os.fork() == 0:
    assert write("child") != parent
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
assert write("parent again") == parent
"""


def test_a_forked_child_opens_its_own_and_leaves_its_parents_alone(path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKED, str(path)],
        env={**os.environ, "PYTHONPATH": str(TEMPLATE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert words(path) == ["parent", "child", "parent again"]
    assert not list(path.parent.glob("words.db.*"))


def test_all_is_closed_at_exit(path):
    code = FORKED.partition("parent =")[0] + "write('a')"
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(path)],
        env={**os.environ, "PYTHONPATH": str(TEMPLATE)},
        check=True,
    )
    assert [left.name for left in path.parent.iterdir() if "words" in left.name] == ["words.db"]


def test_a_dropped_connection_warns_nobody(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Refused), database.writing(path, "CREATE nonsense"):
            pass
        gc.collect()
