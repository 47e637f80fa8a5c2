"""When a repository's wave opens: from its name, its tier and the template's record alone."""

from datetime import UTC, date, datetime

import pytest

from prooflane.campaign.settings import Freeze, Settings, Stage
from prooflane.campaign.waves import assign
from prooflane.fleet.repository import Repository
from prooflane.pull.standing import Closed, Open, Record, position, standing, wave

START = date(2026, 12, 1)
STAGES = (
    Stage("early", (0, 1), share=5),
    Stage("quarter", (0, 1), share=25),
    Stage("rest", (0, 1)),
    Stage("customers", (2,), soak=43200),
    Stage("high", (3, 4), approval=True),
)
KEYS = [f"github.com/acme/r{number}" for number in range(2000)]


def at(day: int, hour: int = 0) -> float:
    return datetime(2026, 12, day, hour, tzinfo=UTC).timestamp()


def record(**facts: object) -> Record:
    return Record("v2.0.0", START, Settings(STAGES), **facts)  # type: ignore[arg-type]


def test_a_name_always_stands_at_the_same_place() -> None:
    assert f"{position('github.com/acme/help'):.6f}" == "19.337231"


def test_waves_get_the_share_that_was_planned() -> None:
    numbers = [wave(STAGES, key, 0) for key in KEYS]
    shares = [numbers.count(number) / len(KEYS) for number in range(3)]
    assert shares == pytest.approx([0.05, 0.20, 0.75], abs=0.02)


def test_who_is_early_in_a_campaign_is_early_here() -> None:
    taken = assign(STAGES, [Repository(key, tier=0) for key in KEYS])
    late = [key for key in taken[2] if wave(STAGES, key, 0) != 2]
    assert len(late) < 0.02 * len(KEYS)


@pytest.mark.parametrize(
    ("tier", "now", "expected"),
    [
        (2, at(4), Open(3, "customers")),
        (2, at(3, 23), Closed("not yet: wave 'customers' of v2.0.0 opens 2026-12-04")),
        (3, at(31), Closed("wave 'high' of v2.0.0 needs somebody's approval")),
        (None, at(31), Closed("no wave of v2.0.0 takes this repository")),
    ],
)
def test_a_wave_opens_after_the_soak_of_those_before_it(tier, now, expected) -> None:
    assert standing(record(), "github.com/acme/help", tier, now) == expected


def test_an_approved_wave_opens_at_its_hour() -> None:
    told = record(approved=("high",))
    closed = standing(told, "github.com/acme/help", 4, at(4))
    assert closed == Closed("not yet: wave 'high' of v2.0.0 opens 2026-12-04 12:00 UTC")
    assert standing(told, "github.com/acme/help", 4, at(4, 12)) == Open(4, "high")


def test_a_wave_waits_for_the_approval_of_an_earlier_one() -> None:
    stages = (Stage("canary", (3,), approval=True), Stage("rest", (0,)))
    told = Record("v2.0.0", START, Settings(stages))
    closed = standing(told, "github.com/acme/help", 0, at(31))
    assert closed == Closed("wave 'canary' of v2.0.0 needs somebody's approval")


def test_a_pause_and_a_freeze_stop_every_wave() -> None:
    paused = standing(record(paused="red checks"), KEYS[0], 2, at(31))
    assert paused == Closed("v2.0.0 is paused: red checks")
    freeze = (Freeze(date(2026, 12, 18), date(2027, 1, 4), "year's end"),)
    frozen = Record("v2.0.0", START, Settings(STAGES, freeze))
    closed = standing(frozen, KEYS[0], 2, at(20))
    assert closed == Closed("nothing is sent until 2027-01-04 has passed: year's end")
