"""Our merge by line beside `git merge-file`, on the same random edits."""

import random
import subprocess
from collections import Counter

import pytest

from prooflane.merge import text

CASES = 250


@pytest.fixture
def by_git(tmp_path):
    """Return what merges three texts by `git merge-file`: the result, and whether it is clean."""

    def merge(*sides: bytes) -> tuple[bytes, bool]:
        paths = [tmp_path / name for name in ("base", "ours", "theirs")]
        for path, side in zip(paths, sides, strict=True):
            path.write_bytes(side)
        base, ours, theirs = map(str, paths)
        labels = ["-L", "yours", "-L", "base", "-L", "template"]
        command = ["git", "merge-file", "-p", *labels, ours, base, theirs]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode < 128, done.stderr
        return done.stdout, done.returncode == 0

    return merge


def test_where_both_find_no_conflict_both_give_the_same_text(by_git):
    chance = random.Random(7)  # noqa: S311 - the same cases each time
    found = Counter()
    for _ in range(CASES):
        base = [f"{chance.randrange(40)}\n" for _ in range(chance.randrange(40))]
        sides = [joined(base), joined(edited(base, chance)), joined(edited(base, chance))]
        ours, (theirs, is_clean) = text.merge(*sides), by_git(*sides)
        found[ours.conflicts == 0, is_clean] += 1
        assert ours.data == theirs or ours.conflicts or not is_clean
    assert found[True, True] > CASES / 3
    assert found[False, False] > CASES / 10
    assert found[True, False] + found[False, True] < CASES / 50


def joined(lines: list[str]) -> bytes:
    return "".join(lines).encode()


def edited(lines: list[str], chance: random.Random) -> list[str]:
    """Return `lines` after up to three edits."""
    made = list(lines)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(made) + 1)
        fresh = [f"new {chance.randrange(5)}\n" for _ in range(chance.randrange(4))]
        made[at : at + chance.randrange(4)] = fresh
    return made
