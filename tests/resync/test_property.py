"""Whatever a user and a template do: each line that the user wrote is accounted for."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from engine import git

from prooflane.files import File, entries
from prooflane.git.objects import store
from prooflane.merge.model import NoteKind
from prooflane.resync.plan import plan
from prooflane.resync.policy import Policy

PATHS = ("a.txt", "b.txt", "src/c.py", "src/d.py", "conf.toml", "ci.yaml", "data.json", "x")
LISTED = {NoteKind.deleted_edited, NoteKind.managed_edit}
SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
words = st.sampled_from(["alpha", "beta", "gamma", "}", "", "  x: 1", "def f():"])
owners = st.sampled_from(["merged", "merged", "merged", "managed", "yours"])


@pytest.fixture
def objects(tmp_path):
    """Return the objects of an empty repository; all that a plan needs is in memory."""
    git(tmp_path, "init", "--quiet", "--bare", "objects.git")
    with store(tmp_path / "objects.git") as opened:
        yield opened


@st.composite
def bases(draw):
    """Draw a template's files: texts, and files with keys."""
    lines = st.lists(words, min_size=0, max_size=25).map(text)
    keys = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)
    made = {path: draw(lines) for path in draw(st.sets(st.sampled_from(PATHS[:4])))}
    made["conf.toml"] = toml(draw(keys), draw(keys))
    made["ci.yaml"] = yaml(draw(keys), draw(keys))
    made["data.json"] = json(draw(keys))
    return {path: File(data.encode()) for path, data in made.items()}


@st.composite
def edits(draw, who, most=4):
    """Draw what somebody does to a tree; each line they write bears their name and a number."""
    kinds = ["insert", "replace", "cut", "drop", "move", "add", "mode", "crlf"]
    number = st.integers(0, 40)
    steps = st.tuples(st.sampled_from(kinds), number, number, number)
    return [(who, *step) for step in draw(st.lists(steps, max_size=most))]


def applied(tree, steps):
    """Return `tree` after `steps`."""
    made = dict(tree)
    for serial, (who, kind, which, where, size) in enumerate(steps):
        paths = sorted(made)
        if kind == "add" or not paths:
            add(made, which, f"{who} {serial} added\n" * (1 + size % 2))
            continue
        path = paths[which % len(paths)]
        fresh = [written(path, who, serial, part) for part in range(1 + size % 3)]
        if kind == "drop":
            del made[path]
        elif kind == "move":
            made[f"moved-by-{who}-{which}-{path.replace('/', '-')}"] = made.pop(path)
        elif kind == "mode":
            made[path] = File(made[path].data, 0o100755)
        else:
            made[path] = edited(made[path], kind, where, size, fresh)
    return made


def add(made, which, content):
    """Add a file, unless it would lie below another one or above it."""
    path = ["x", "x/y", "new.txt", "src/e.py", "conf2.toml"][which % 5]
    if not any(p.startswith(f"{path}/") or path.startswith(f"{p}/") for p in made):
        made[path] = File(content.encode())


def edited(file, kind, where, size, fresh):
    """Return `file` with lines inserted, replaced or cut, or with other line ends."""
    lines = file.data.decode().splitlines(keepends=True)
    at = where % (len(lines) + 1)
    if kind == "crlf":
        return File("".join(lines).replace("\r", "").replace("\n", "\r\n").encode(), file.mode)
    end = at if kind == "insert" else at + 1 + size % 4
    lines[at:end] = [] if kind == "cut" else fresh
    return File("".join(lines).encode(), file.mode)


def written(path, who, serial, part):
    """Return a line that fits into most places of a file of that kind."""
    name = f"{who}{serial}x{part}"
    if path.endswith(".toml"):
        return f"{name} = 1\n"
    if path.endswith(".yaml"):
        return f"{name}: 1\n"
    if path.endswith(".json"):
        return f'  "{name}": 1,\n'
    return f"{who} wrote {serial} {part}\n"


def text(lines):
    return "".join(f"{line}\n" for line in lines)


def toml(first, second):
    rows = [
        f"{key} = [\n" + "".join(f'    "{item}>=1",\n' for item in second) + "]" for key in first
    ]
    return text(["# head", *rows, "[tool.x]", *(f"{key} = 1  # {key}" for key in second)])


def yaml(first, second):
    rows = [f"{key}:\n" + "".join(f"  - {item}\n" for item in second) for key in first]
    return text(["name: x", *(row.rstrip("\n") for row in rows)])


def json(first):
    inner = ",\n".join(f'  "{key}": [1, 2]' for key in first)
    return f"{{\n{inner}\n}}\n"


def stored(tree, objects):
    for file in tree.values():
        objects.write(file.data)
    return entries(tree)


def kept(result, ours, objects):
    """Return each line of the result, of the user's side of conflicts and of listed deletions."""
    ids = {entry.id for entry in result.tree.values()}
    ids |= {conflict.ours.id for conflict in result.conflicts if conflict.ours}
    ids |= {ours[note.path].id for note in result.notes if note.kind in LISTED}
    return {line.strip().rstrip(b",") for id_ in ids for line in objects.read(id_).splitlines()}


@SETTINGS
@given(base=bases(), mine=edits("mine"), other=edits("other"), rules=st.lists(owners, min_size=8))
def test_each_line_that_a_user_wrote_is_in_the_result_in_a_conflict_or_in_a_listed_deletion(
    base, mine, other, rules, objects
):
    ours, theirs = applied(base, mine), applied(base, other)
    policy = Policy(ownership=lambda path: rules[sum(path.encode()) % len(rules)])
    sides = [stored(tree, objects) for tree in (base, ours, theirs)]
    result = plan(*sides, policy, objects)
    wrote = {line.strip() for file in ours.values() for line in file.data.splitlines()}
    wrote = {line.rstrip(b",") for line in wrote if line.startswith((b"mine", b'"mine'))}
    assert wrote <= kept(result, sides[1], objects)
    assert all(c.path in result.tree or c.ours is None for c in result.conflicts)


@SETTINGS
@given(base=bases(), steps=edits("mine", most=6))
def test_a_template_that_did_not_change_changes_nothing(base, steps, objects):
    ours = stored(applied(base, steps), objects)
    result = plan(stored(base, objects), ours, stored(base, objects), Policy(), objects)
    assert result.tree == ours
    assert result.conflicts == ()


@SETTINGS
@given(base=bases(), steps=edits("other", most=6))
def test_a_repository_without_edits_becomes_what_the_template_gives(base, steps, objects):
    theirs = stored(applied(base, steps), objects)
    sides = stored(base, objects)
    result = plan(sides, sides, theirs, Policy(), objects)
    assert result.tree == theirs
    assert (result.conflicts, result.notes) == ((), ())
