"""What a campaign decides without a forge: waves, thresholds, soak, freezes, pace, settings."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as busy
from hypothesis import strategies as some

from prooflane.campaign import gate, pace, rollout_file, settings
from prooflane.campaign.observe import SAID
from prooflane.campaign.prepare import dated, kept
from prooflane.campaign.settings import Freeze, Rate, Stage
from prooflane.campaign.waves import assign
from prooflane.errors import ProoflaneError
from prooflane.files import Entry
from prooflane.fleet.ledger.buckets import Bucket
from prooflane.fleet.ledger.campaigns import Wave
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.repository import Repository
from prooflane.git.identity import Identity
from prooflane.merge.model import Conflict, ConflictKind, Merged

FLEET = [Repository(f"github.com/acme/r{at:03}", tier=at % 3) for at in range(300)]


def parse(**data):
    return rollout_file.parse(data, "rollout.yaml")


def test_shares_grow_and_take_each_repository_once():
    stages = (Stage("a", (0,), share=5), Stage("b", (0,), share=25), Stage("c", (0, 1)))
    found = assign(stages, FLEET)
    assert [len(keys) for keys in found.values()] == [5, 20, 175]
    assert len({key for keys in found.values() for key in keys}) == 200
    assert assign(stages, reversed(FLEET)) == found


def test_a_wave_is_named_by_repositories_too():
    found = assign((Stage("golden", repositories=("acme/r00*",)), Stage("rest", (0,))), FLEET)
    assert len(found[0]) == 10
    assert not {*found[0]} & {*found[1]}


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ([{}, {}, {}], ""),
        ([{"conflicts": {"a": "content"}}, {}, {}], "1 of 3 repositories have conflicts"),
        ([{"checks": "red"}, {}, {}], "1 of 3 repositories have red checks"),
        ([{"holds": {"OWN-1": "v1"}}, {"holds": {"OWN-1": "v1"}}, {}], "2 of 3 repositories hold"),
    ],
    ids=["nothing", "conflicts", "red checks", "holds"],
)
def test_a_threshold_is_a_part_of_the_wave(states, says):
    runs = [Run(str(at), "sync", "published", data=data) for at, data in enumerate(states)]
    said = gate.exceeded(Stage("canary", conflicts=0.3, holds=0.5, red=0.3), runs)
    assert said.startswith(f"wave 'canary': {says}" if says else "")
    assert bool(said) == bool(says)


def test_what_somebody_accepted_is_not_counted_again_and_more_of_it_is():
    stage = Stage("rest", conflicts=0.2)
    runs = [Run(str(at), "sync", "published", data={"conflicts": at < 3}) for at in range(10)]
    known = gate.seen(runs)
    assert gate.exceeded(stage, runs).startswith("wave 'rest': 3 of 10 repositories have conflicts")
    assert gate.exceeded(stage, runs, known) == ""
    worse = [*runs[:7], *(Run(str(at), "sync", "published", data=runs[0].data) for at in (7, 8, 9))]
    assert gate.exceeded(stage, worse, known) == (
        "wave 'rest': 6 of 10 repositories have conflicts, 3 of them accepted, more than 20%"
    )


def test_a_wave_of_which_nobody_was_reached_was_not_sent():
    lost = Run("a", "sync", "unreachable", reason="there is no token", hint="export it")
    stage = Stage("canary")
    assert gate.unreached(stage, [lost, replace(lost, state="waived")]) == gate.Waits(
        "nobody in wave 'canary' could be reached: there is no token", "export it"
    )
    for other in ("published", "gone", "failed", "nothing"):
        assert gate.unreached(stage, [lost, replace(lost, state=other)]) is None
    assert gate.unreached(stage, []) is None


def test_a_waived_repository_counts_for_nothing():
    runs = [Run("a", "sync", "waived", data={"checks": "red"}), Run("b", "sync", "published")]
    assert gate.exceeded(Stage("canary"), runs) == ""


def test_a_wave_waits_for_the_soak_of_the_one_before():
    first, second = Stage("first", soak=3600), Stage("second")
    soaking = Wave("v2", 0, "first", "soaking", finished=1000.0)
    waiting = Wave("v2", 1, "second", "waiting")
    said = gate.waits(second, waiting, [(first, soaking)], 2800.0)
    assert said.reason == "wave 'first' soaks for another 30 min"
    assert gate.waits(second, waiting, [(first, soaking)], 4600.0) is None
    # a clock that went back makes it wait longer, never shorter
    assert gate.waits(second, waiting, [(first, soaking)], 0.0) is not None


def test_nothing_is_sent_on_the_days_of_a_freeze_both_included():
    freeze = [Freeze(date(2026, 12, 18), date(2027, 1, 4), "year's end")]
    days = [date(2026, 12, 17), date(2026, 12, 18), date(2027, 1, 4), date(2027, 1, 5)]
    assert [bool(gate.frozen(freeze, day)) for day in days] == [False, True, True, False]


@busy(deadline=None)
@given(
    per_minute=some.integers(1, 200),
    steps=some.lists(some.tuples(some.floats(0, 5), some.floats(0, 30)), min_size=1, max_size=400),
)
def test_no_minute_has_more_writes_than_were_declared_however_long_each_is_on_its_way(
    per_minute, steps
):
    minute, _ = pace.limits("bot", Rate(per_minute, 10_000))
    bucket, now, arrived = Bucket(minute.capacity, 0.0), 0.0, []
    for step, way in steps:
        now += step
        bucket = bucket.at(now, minute)
        if bucket.delay(minute) == 0:
            bucket = Bucket(bucket.level - 1, bucket.updated)
            now += way  # the next one is sent when this one was answered
            arrived.append(now)
    most = max((sum(at <= other < at + 60 for other in arrived) for at in arrived), default=0)
    assert most <= per_minute


def test_the_longest_way_of_one_request_does_not_make_room_for_another():
    minute, _ = pace.limits("bot", Rate(60, 10_000))
    bucket = Bucket(minute.capacity - 1, 0.0)  # one was taken, and arrives half a minute later
    now, arrived = 30.0, 1
    while now < 90:
        bucket = bucket.at(now, minute)
        if bucket.delay(minute) == 0:
            bucket, arrived = Bucket(bucket.level - 1, now), arrived + 1
        else:
            now += 0.01
    assert 58 <= arrived <= 60


def test_settings_that_are_written_down_are_read_again():
    made = parse(
        waves=[{"name": "a", "tiers": [0], "soak": "2d", "share": 5, "approval": True}],
        freeze=[{"from": date(2026, 12, 18), "to": date(2027, 1, 4), "reason": "rest"}],
        rate={"per_minute": 10},
        wait=30,
    )
    assert rollout_file.parse(settings.dump(made), "ledger") == made
    assert made.waves[0].soak == 172800
    assert rollout_file.parse(settings.dump(settings.Settings()), "ledger") == settings.Settings()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"wave": []}, "rollout.yaml has an unknown 'wave'"),
        ({"waves": []}, "rollout.yaml has no wave"),
        ({"waves": [{"name": "a"}]}, "rollout.yaml: waves[0] names neither tiers nor repositories"),
        (
            {"waves": [{"name": "a", "tiers": [7]}]},
            "rollout.yaml: waves[0].tiers is not a list of tiers",
        ),
        (
            {"waves": [{"name": "a", "tiers": [0], "soak": "soon"}]},
            "rollout.yaml: waves[0].soak is 'soon', which is no time",
        ),
        (
            {"waves": [{"name": "a", "tiers": [0]}, {"name": "a", "tiers": [1]}]},
            "rollout.yaml has two waves called 'a'",
        ),
        (
            {"waves": [{"name": "a", "tiers": [0], "conflicts": 20}]},
            "rollout.yaml: waves[0].conflicts is not a part of 1",
        ),
        (
            {"rate": {"per_minute": 0}},
            "rollout.yaml: rate.per_minute is not a whole number above 0",
        ),
        (
            {"freeze": [{"from": date(2027, 1, 2), "to": date(2027, 1, 1)}]},
            "rollout.yaml: freeze[0] ends before it begins",
        ),
    ],
)
def test_a_rollout_file_that_means_nothing_is_one_sentence(data, says):
    with pytest.raises(ProoflaneError) as refused:
        rollout_file.parse(data, "rollout.yaml")
    assert refused.value.message == says
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not until 2027-02-01", [("2027-02-01", "")]),
        ("> Not until 2027-02-01: audit\n", [("2027-02-01", "audit")]),
        ("**not until 2027-02-01** please", [("2027-02-01", "** please")]),
        ("we will not until 2027-02-01", []),
        ("not until Tuesday", []),
    ],
)
def test_not_until_is_read_from_the_start_of_a_line(text, expected):
    assert SAID.findall(text) == expected


def test_a_commit_made_again_has_the_same_time():
    who = Identity("Ada <a@b> 1764000000 +0100", "Bob <b@c> 1764000001 +0100")
    assert dated(who, 1700000000.7) == Identity(
        "Ada <a@b> 1700000001 +0000", "Bob <b@c> 1700000001 +0000"
    )


def test_what_is_in_conflict_stays_as_the_repository_has_it():
    ours, theirs, marked = (Entry(0o100644, digit * 40) for digit in "123")
    conflicts = (
        Conflict("both", ConflictKind.content, None, ours, theirs),
        Conflict("deleted", ConflictKind.deleted_by_us, ours, None, theirs),
        Conflict("aside~ours", ConflictKind.mode, None, ours, None),
    )
    merged = Merged(
        {"both": marked, "deleted": theirs, "aside~ours": ours, "rest": theirs}, conflicts
    )
    assert kept(merged, {"both": ours, "rest": ours}) == {
        "both": ours,
        "aside~ours": ours,
        "rest": theirs,
    }


@pytest.mark.parametrize(
    ("number", "per_hour", "said"),
    [
        (60, 450, ""),
        (
            900,
            450,
            "900 pull requests, at most 450 an hour for each identity: at least 2 h in all",
        ),
        (
            10_000,
            500,
            (
                "10,000 pull requests, at most 500 an hour for each identity: at least 22 h in "
                "all; pull mode: as many as a wave has, 1 wave a day"
            ),
        ),
    ],
)
def test_how_long_it_takes_is_known_before_it_starts(number: int, per_hour: int, said: str) -> None:
    assert pace.forecast(number, Rate(60, per_hour)) == said
