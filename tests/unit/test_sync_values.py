"""What a sync means, worked out from values: changes, controls, holds and the decision record."""

from dataclasses import replace

import pytest

from prooflane.catalogue import Catalogue, Control, Ownership
from prooflane.errors import ProoflaneError
from prooflane.files import REGULAR, Entry, blob_id
from prooflane.lock import Lock
from prooflane.merge.model import Conflict, ConflictKind, Merged
from prooflane.resync.changes import Change, changes
from prooflane.sync import record
from prooflane.sync.controls import Side, differences
from prooflane.sync.holds import Ground, held, states
from prooflane.sync.record import Facts

OWNED = Ownership({"managed": ("controls/",), "yours": ("prompts/",)})
GATE = Control("EVL-1", "gate", (0, 1), ("controls/evals/", "evals.toml"), "warn", "1.0")
REVIEW = Control("REV-1", "review", (1,), ("controls/review.py",), "block", "1.0")
WHOLE = Control("TPL-1", "intact", (0, 1), ("controls/", "prompts/"), "block", "1.0")
CATALOGUE = Catalogue((), (GATE, REVIEW, WHOLE), (), OWNED)
LOCKED = Lock("u", "v1", "c", "t", {"EVL-1": ("v0", "held")})


class Texts:
    """Objects in memory."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def entry(self, text: str) -> Entry:
        self.blobs[blob_id(text.encode())] = text.encode()
        return Entry(REGULAR, blob_id(text.encode()))

    def read(self, digest: str) -> bytes:
        return self.blobs[digest]


@pytest.fixture
def texts():
    return Texts()


def test_changes_say_what_each_path_was_and_will_be(texts):
    a, b = texts.entry("a"), texts.entry("b")
    before = {"same": a, "gone": a, "edited": a}
    planned = Merged({"same": a, "edited": b, "new": b})
    assert changes(before, planned) == (
        Change("edited", a, b, {0: b}),
        Change("gone", a, None, {}),
        Change("new", None, b, {0: b}),
    )
    assert [change.action for change in changes(before, planned)] == ["updated", "removed", "added"]


def test_a_conflict_has_a_stage_for_each_side_that_there_is(texts):
    a, b = texts.entry("a"), texts.entry("b")
    conflict = Conflict("x", ConflictKind.deleted_by_them, a, b, None)
    (change,) = changes({"x": b}, Merged({"x": b}, (conflict,)))
    assert change == Change("x", b, b, {1: a, 2: b})
    assert change.action == "conflict"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ((CATALOGUE, 0), (CATALOGUE, 1), [("REV-1", "added", "tier 1 asks for it")]),
        ((CATALOGUE, 1), (CATALOGUE, 0), [("REV-1", "removed", "tier 0 does without")]),
        ((CATALOGUE, 0), (CATALOGUE, 0), []),
        ((None, -1), (None, -1), []),
    ],
    ids=["a higher tier", "a lower tier", "nothing", "a template without controls"],
)
def test_controls_that_come_and_go(old, new, found):
    rows = differences(Side(*old, {}), Side(*new, {}))
    assert [(row.id, row.kind, row.how) for row in rows] == found


def test_a_control_that_becomes_stricter():
    stricter = replace(CATALOGUE, controls=(replace(GATE, mode="block"),))
    before = replace(CATALOGUE, controls=(GATE,))
    (row,) = differences(Side(before, 0, {}), Side(stricter, 0, {}))
    assert (row.id, row.how) == ("EVL-1", "warn → block")


def test_a_file_counts_for_the_control_that_names_it_most_closely(texts):
    was, now = {"controls/evals/a.py": texts.entry("1")}, {"controls/evals/a.py": texts.entry("2")}
    (row,) = differences(Side(CATALOGUE, 0, was), Side(CATALOGUE, 0, now))
    assert (row.id, row.how) == ("EVL-1", "controls/evals/a.py")


def test_a_file_that_is_the_owners_changes_no_control(texts):
    was, now = {"prompts/a.md": texts.entry("1")}, {"prompts/a.md": texts.entry("2")}
    assert differences(Side(CATALOGUE, 0, was), Side(CATALOGUE, 0, now)) == ()


def render(_version):
    raise ProoflaneError("gone")


def ground(texts, theirs: str, result: str, conflicts=()) -> Ground:
    new = Side(CATALOGUE, 0, {"evals.toml": texts.entry(theirs)})
    return Ground(new, Merged({"evals.toml": texts.entry(result)}, conflicts), texts)


def test_a_conflict_holds_its_control_at_the_version_in_force(texts):
    conflict = Conflict("evals.toml", ConflictKind.content, None, None, None)
    (hold,) = held(ground(texts, "a\n", "b\n", (conflict,)), {"EVL-1": "v1"}, None, render)
    assert (hold.id, hold.version, hold.paths) == ("EVL-1", "v1", ("evals.toml",))


@pytest.mark.parametrize(
    ("result", "is_held"),
    [
        ("floor = 2\nmine\n", False),
        ("floor = 1\nmine\n", True),
        ("floor = 3\n", True),
        ("floor = 1\nfloor = 2\n", True),
    ],
    ids=["taken", "kept", "neither", "both"],
)
def test_a_hold_ends_when_the_file_holds_what_the_template_changed(result, is_held, texts):
    then = {"evals.toml": texts.entry("floor = 1\n")}
    found = held(ground(texts, "floor = 2\n", result), {}, LOCKED, lambda _version: then)
    assert [hold.id for hold in found] == ["EVL-1"] * is_held


def test_a_control_whose_older_version_is_gone_stays_held(texts):
    found = held(ground(texts, "floor = 2\n", "floor = 2\n"), {}, LOCKED, render)
    assert [(hold.id, hold.version) for hold in found] == [("EVL-1", "v0")]


def test_the_lock_gets_the_version_in_force_of_each_control(texts):
    (hold,) = held(ground(texts, "2\n", "1\n"), {}, LOCKED, render)
    assert states(Side(CATALOGUE, 0, {}), "v2", (hold,)) == {
        "EVL-1": ("v0", "held"),
        "TPL-1": ("v2", "current"),
    }


FACTS = Facts(
    url="https://example.com/t.git",
    before="v1.0",
    after="v1.1",
    commit="c0ffee",
    tiers=(1, 1),
    changed=("controls/a.py", "evals/run.py"),
    controls=(),
    conflicts=(),
    holds=(),
    lost=(),
    owner="@ada",
    keeps_data=True,
)


@pytest.mark.parametrize(
    ("facts", "head", "stem"),
    [
        (FACTS, (), "decisions/0001-template-v1.1"),
        (FACTS, ("decisions/0007-a.md", "decisions/x.md"), "decisions/0008-template-v1.1"),
        (replace(FACTS, tiers=(1, 2)), (), "decisions/0001-tier-2"),
        (replace(FACTS, after="v1.0"), (), "decisions/0001-new-answers"),
    ],
    ids=["the first", "after the last", "of a tier", "of answers"],
)
def test_a_record_is_numbered_and_named(facts, head, stem):
    assert record.stem(facts, dict.fromkeys(head, Entry(REGULAR, ""))) == stem


def test_a_routine_record_asks_nothing_and_names_what_is_governed():
    text = record.text(FACTS, "decisions/0001-template-v1.1").decode()
    assert not record.asks(FACTS)
    assert "<!--" not in text
    assert text.splitlines()[:6] == [
        "---",
        'title: "Template v1.0 to v1.1"',
        "date: null",
        'risk: "low"',
        'paths: ["evals/run.py"]',
        "---",
    ]
    assert "@ada, and the roles that" in text


@pytest.mark.parametrize(
    "change",
    [{"conflicts": ("a",)}, {"lost": ("a",)}, {"tiers": (1, 2)}, {"keeps_data": False}],
    ids=["a conflict", "a lost edit", "a tier", "other data"],
)
def test_a_record_of_a_judgement_asks_for_it(change):
    facts = replace(FACTS, **change)
    assert record.asks(facts)
    assert "<!--" in record.text(facts, "decisions/0001-x").decode()
