"""The ledger, in SQLite and in a real PostgreSQL: the same tests, the same code."""

import multiprocessing
import sqlite3
import subprocess
import sys
from datetime import date

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from prooflane.errors import ProoflaneError
from prooflane.fleet.ledger import buckets, campaigns, events, inventory, runs, waivers
from prooflane.fleet.ledger.buckets import Limit
from prooflane.fleet.ledger.campaigns import Campaign, Release, Wave
from prooflane.fleet.ledger.database import opened
from prooflane.fleet.ledger.events import Event
from prooflane.fleet.ledger.exclusive import exclusive
from prooflane.fleet.ledger.inventory import Adopted, Held
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.tables import EVENTS, META
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.repository import Repository

HELP = Repository("github.com/acme/help", source="github:acme", team="support", tier=2, seen=1.0)
HOURLY = Limit("github:ada", "writes", capacity=10, rate=500 / 3600)


def test_repositories_are_kept_by_key_and_replaced(ledger):
    later = Repository("github.com/acme/help", source="github:acme", tier=3, state="archived")
    with ledger.writing() as connection:
        inventory.keep(connection, [HELP, Repository("github.com/acme/faq")])
        inventory.keep(connection, [later])
    with ledger.reading() as connection:
        assert list(inventory.read(connection)) == [Repository("github.com/acme/faq"), later]
        assert list(inventory.read(connection, ["archived"])) == [later]


def test_an_opened_ledger_holds_what_was_kept_before(address):
    with opened(address) as ledger, ledger.writing() as connection:
        inventory.keep(connection, [HELP])
    with opened(address) as ledger, ledger.reading() as connection:
        assert list(inventory.read(connection)) == [HELP]


def test_a_transaction_that_fails_leaves_nothing(ledger):
    with pytest.raises(ProoflaneError), ledger.writing() as connection:  # noqa: PT012
        inventory.keep(connection, [HELP])
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    with ledger.reading() as connection:
        assert list(inventory.read(connection)) == []


def test_one_run_per_campaign_kind_and_repository(ledger):
    with ledger.writing() as connection:
        runs.keep(
            connection, [Run("a", "sync", "planned", "c1"), Run("b", "sync", "planned", "c1")]
        )
        runs.keep(connection, [Run("a", "sync", "proposed", "c1", attempt=2, data={"files": 3})])
    with ledger.reading() as connection:
        found = list(runs.read(connection, "c1", "sync"))
        assert [(run.repository, run.state, run.attempt) for run in found] == [
            ("a", "proposed", 2),
            ("b", "planned", 0),
        ]
        assert found[0].data == {"files": 3}
        assert runs.find(connection, "c1", "revert", "a") is None
        assert [run.repository for run in runs.read(connection, "c1", states=["planned"])] == ["b"]


def test_campaigns_and_their_waves(ledger):
    with ledger.writing() as connection:
        campaigns.keep(connection, Campaign("c1", "t", "v2.0.0", "abc", "running", created=1.0))
        campaigns.keep_waves(
            connection,
            [
                Wave("c1", 1, "volunteers", "waiting"),
                Wave("c1", 0, "golden", "done", settings={"soak": 3}),
            ],
        )
        campaigns.keep(connection, Campaign("c1", "t", "v2.0.0", "abc", "paused", "3 conflicts"))
        campaigns.keep_releases(
            connection, Release("t", "v2.0.0", "abc", data={"added": ["EVL-1"]})
        )
    with ledger.reading() as connection:
        assert [row.reason for row in campaigns.read(connection)] == ["3 conflicts"]
        assert [row.name for row in campaigns.waves(connection, "c1")] == ["golden", "volunteers"]
        assert next(campaigns.releases(connection, "t")).data == {"added": ["EVL-1"]}


def test_the_controls_of_a_repository_are_replaced_and_counted_by_day(ledger):
    with ledger.writing() as connection:
        inventory.keep(connection, [HELP, Repository("b", tier=2)])
        both = {"b": [Held("b", "EVL-1", "v1", "held")]}
        both["github.com/acme/help"] = [Held("github.com/acme/help", "EVL-1", "v1", "current")]
        inventory.keep_controls(connection, both, 5.0)
        inventory.count(connection, "2026-11-01")
        inventory.keep_controls(connection, {"b": [Held("b", "EVL-1", "v2", "current")]}, 6.0)
        inventory.count(connection, "2026-11-02")
        inventory.count(connection, "2026-11-02")
    with ledger.reading() as connection:
        assert list(inventory.adoption(connection)) == [
            Adopted("2026-11-01", "EVL-1", 2, "v1", "current", 1),
            Adopted("2026-11-01", "EVL-1", 2, "v1", "held", 1),
            Adopted("2026-11-02", "EVL-1", 2, "v1", "current", 1),
            Adopted("2026-11-02", "EVL-1", 2, "v2", "current", 1),
        ]


def test_a_waiver_ends_by_itself(ledger):
    kept = Waiver("a", "", "2026-12-01", "after the season", "ada", "pull request")
    with ledger.writing() as connection:
        waivers.keep(connection, [kept, Waiver("a", "EVL-1", "2026-11-01", origin="manifest")])
        waivers.replace(connection, ["a"], "manifest", [])
    with ledger.reading() as connection:
        assert list(waivers.read(connection)) == [kept]
    assert kept.holds(date(2026, 12, 1))
    assert not kept.holds(date(2026, 12, 2))


def test_events_keep_their_order_and_are_never_changed(ledger):
    with ledger.writing() as connection:
        events.append(
            connection, Event(2.0, "scan", "12 repositories"), Event(1.0, "plan", "first")
        )
        events.append(connection, Event(3.0, "plan", "second", data={"clean": 12}))
    with ledger.reading() as connection:
        assert [row.text for row in events.read(connection)] == [
            "12 repositories",
            "first",
            "second",
        ]
        assert [row.data for row in events.read(connection, "plan")] == [{}, {"clean": 12}]
    for change in (update(EVENTS).values(text="else"), delete(EVENTS)):
        with pytest.raises(DBAPIError), ledger.engine.begin() as connection:
            connection.execute(change)


def test_a_bucket_gives_what_its_rate_allows_and_no_more(ledger):
    with ledger.writing() as connection:
        assert [buckets.take(connection, HOURLY, 1000.0) for _ in range(10)] == [0.0] * 10
        assert buckets.take(connection, HOURLY, 1000.0) == pytest.approx(7.2)
    with ledger.writing() as connection:
        assert buckets.take(connection, HOURLY, 1007.3) == 0.0
        assert buckets.take(connection, HOURLY, 1007.3) > 7


def test_what_the_forge_asks_for_is_waited_for_also_by_the_next_run(address):
    with opened(address) as ledger, ledger.writing() as connection:
        buckets.hold(connection, HOURLY, 1000.0, 60.0)
    with opened(address) as ledger, ledger.writing() as connection:
        assert buckets.take(connection, HOURLY, 1020.0) == pytest.approx(40.0)
        assert buckets.take(connection, HOURLY, 1060.0) == 0.0


def test_a_clock_that_went_back_sends_nothing_early_and_waits_no_longer_than_asked(ledger):
    with ledger.writing() as connection:
        for _ in range(10):
            buckets.take(connection, HOURLY, 90_000.0)
        buckets.hold(connection, HOURLY, 90_000.0, 60.0)
        assert buckets.take(connection, HOURLY, 1000.0) == pytest.approx(60.0)
        assert buckets.take(connection, HOURLY, 1061.0) == 0.0


def test_whoever_opens_a_ledger_is_told_that_the_clock_went_back(ledger):
    with ledger.writing() as connection:
        events.append(connection, Event(8200.0, "scan"))
        assert events.went_back(connection, 8199.0) == ""
        assert events.went_back(connection, 1000.0) == (
            "the clock is 2 hours behind the ledger's last entry: "
            "waits start anew, and nothing is sent early"
        )


def test_a_ledger_of_a_newer_schema_is_refused(address):
    with opened(address) as ledger, ledger.writing() as connection:
        connection.execute(update(META).values(value="7"))
    with pytest.raises(ProoflaneError) as refused, opened(address):
        pass
    assert refused.value.message.endswith("is of schema 7, and this prooflane knows 1")
    assert refused.value.hint == "install the prooflane that wrote it, or a newer one"


def test_two_runs_at_once_are_refused_in_one_sentence(address):
    with opened(address) as first, opened(address) as second, exclusive(first):
        with pytest.raises(ProoflaneError) as refused, exclusive(second):
            pass
        with exclusive(second, "fleet plan 1/4"):
            pass
    assert refused.value.message.startswith("another 'fleet sync' runs on this ledger")
    with opened(address) as third, exclusive(third):
        pass


HOLD = """
import signal, sys
from prooflane.fleet.ledger.database import opened
from prooflane.fleet.ledger.exclusive import exclusive
with opened(sys.argv[1]) as ledger, exclusive(ledger):
    print("ready", flush=True)
    signal.pause()
"""


def test_a_run_that_was_killed_holds_nothing(address):
    command = [sys.executable, "-c", HOLD, address]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as child,
        opened(address) as ledger,
    ):
        assert child.stdout.readline() == b"ready\n"
        with pytest.raises(ProoflaneError), exclusive(ledger):
            pass
        child.kill()
        child.wait()
        with exclusive(ledger):
            pass


@pytest.mark.slow
def test_two_processes_that_make_a_ledger_at_once_make_one(address):
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        pool.map(_append, [address] * 8)
    with opened(address) as ledger, ledger.reading() as connection:
        assert [row.text for row in events.read(connection)] == ["was here"] * 8


def _append(address):
    with opened(address) as ledger, ledger.writing() as connection:
        events.append(connection, Event(1.0, "test", "was here"))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://ada:secret@db/fleet", "a ledger cannot be kept in 'mysql'"),
        ("sqlite://", "a ledger in memory is gone when its command ends"),
        (
            "postgresql://ada:secret@127.0.0.1:1/fleet",
            "the ledger 'postgresql+psycopg://ada:***@127.0.0.1:1/fleet' cannot be used: ",
        ),
        ("sqlite:///{tmp}/notes.txt", "the ledger '{tmp}/notes.txt' is no database"),
        ("{tmp}/notes.txt", "the ledger '{tmp}/notes.txt' is no database"),
        ("{tmp}/music.db", "the ledger '{tmp}/music.db' is a database of another program"),
        (
            "{tmp}/notes.txt/fleet.db",
            "the folder of the ledger '{tmp}/notes.txt/fleet.db' cannot be made: ",
        ),
    ],
)
def test_an_address_that_is_no_ledger_is_refused_in_one_sentence(address, message, tmp_path):
    (tmp_path / "notes.txt").write_text("something of somebody's\n" * 100)
    with sqlite3.connect(tmp_path / "music.db") as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    with pytest.raises(ProoflaneError) as refused, opened(address.format(tmp=tmp_path)):
        pass
    assert refused.value.message.startswith(message.format(tmp=tmp_path))
    assert "secret" not in refused.value.message
    assert "\n" not in refused.value.message
