"""`fleet sync` on the fake forge: waves, thresholds, one pull request each, and what goes wrong."""

import json
import shutil
import sqlite3
import time
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from fakeforge.world import READ, Comment
from fleet import MINE, commit, git, trust

from prooflane.campaign import publish
from prooflane.campaign.begin import Wanted
from prooflane.campaign.forges import kind_of
from prooflane.campaign.rollout import roll
from prooflane.campaign.settings import Freeze, Rate, Settings, Stage
from prooflane.campaign.writer import Writer
from prooflane.fleet.ledger import campaigns, events, runs, waivers
from prooflane.fleet.ledger.database import opened
from prooflane.fleet.ledger.events import Event
from prooflane.fleet.ledger.exclusive import exclusive
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.repository import Repository
from prooflane.forge.connect import connect

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "generator/prooflane/report/rolled.schema.json").read_text()
)
WAVES = "waves:\n  - {name: canary, repositories: [acme/canary*], soak: 0, conflicts: 0.3}\n"
WAVES += (
    "  - {name: rest, tiers: [0, 1], soak: 0}\nlook: 0\nrate: {per_minute: 6000, per_hour: 90000}\n"
)


@pytest.fixture
def settings(tmp_path):
    """Return a function that writes a rollout file."""

    def write(text=WAVES):
        path = tmp_path / "rollout.yaml"
        path.write_text(text)
        return path

    return write


def test_each_repository_gets_one_pull_request(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/canary"), fleet.add("acme/help", tier=1))
    done = prooflane("sync", "--to", "v2.0.0", "--settings", settings(), "--json")
    assert done.status == 0, done.err + done.out
    said = json.loads(done.out)
    assert [row["state"] for row in said["repositories"]] == ["published", "published"]
    assert [row["state"] for row in said["waves"]] == ["done", "done"]
    for repository in forge.world.repositories.values():
        (pull,) = repository.pulls
        assert pull.title == "Template v1.0.0 to v2.0.0: 5 files"
        assert git(repository.bare, "show", f"{pull.source}:controls/log.py") == "LEVEL = 2"
        assert git(repository.bare, "show", "main:controls/log.py") == "LEVEL = 1"


def test_the_same_command_again_writes_nothing(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/help"))
    prooflane("sync", "--to", "v2.0.0", "--settings", settings())
    written = len(forge.world.written)
    done = prooflane("sync")
    assert (done.status, len(forge.world.written)) == (0, written)
    assert "1 published" in done.out


def test_a_pull_request_explains_a_conflict_and_keeps_the_owners_side(
    fleet, prooflane, settings, forge
):
    fleet.know(fleet.add("acme/help", files=MINE))
    text = WAVES.replace("tiers: [0, 1],", "tiers: [0, 1], conflicts: 1, holds: 1,")
    assert prooflane("sync", "--to", "v2.0.0", "--settings", settings(text)).status == 0
    repository = forge.world.repositories["acme/help"]
    (pull,) = repository.pulls
    assert "| OWN-1 | owner named | **held** | stays at v1.0.0 |" in pull.body
    assert "| LOG-1 | calls logged | changed | controls/log.py |" in pull.body
    assert "1 ok, 0 pending, 1 failed.\n\n- **OWN-1** owner named" in pull.body
    assert "- `settings.yaml`: you and the template changed the same lines" in pull.body
    assert (
        git(repository.bare, "show", f"{pull.source}:settings.yaml")
        == MINE["settings.yaml"].strip()
    )
    lock = git(repository.bare, "show", f"{pull.source}:.prooflane.lock")
    assert 'OWN-1: {version: "v1.0.0", state: held}' in lock
    assert "<<<<<<<" not in git(repository.bare, "grep", "-c", "", pull.source)


def test_a_canary_above_its_conflict_threshold_pauses_the_rest(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/canary-1", files=MINE), fleet.add("acme/canary-2"))
    fleet.know(*(fleet.add(f"acme/r{number}") for number in range(3)))
    done = prooflane("sync", "--to", "v2.0.0", "--settings", settings())
    reason = "wave 'canary': 1 of 2 repositories have conflicts, more than 30%"
    assert done.status == 1
    assert f"paused: {reason}" in done.out
    assert sum(len(row.pulls) for row in forge.world.repositories.values()) <= 2
    assert all(not forge.world.repositories[f"acme/r{number}"].pulls for number in range(3))
    again = prooflane("sync")
    assert again.status == 2
    assert f"is paused: {reason}\nhint: prooflane fleet resume\n" in again.err
    assert prooflane("resume").status == 0
    assert prooflane("sync").status == 0
    assert [len(row.pulls) for row in forge.world.repositories.values()] == [1] * 5


def test_red_checks_of_a_wave_pause_the_rest(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/canary"), fleet.add("acme/help"))
    text = WAVES.replace("soak: 0, conflicts: 0.3", "soak: 2h, conflicts: 0.3")
    assert "soaks for another 2 h" in prooflane("sync", "--settings", settings(text)).out
    canary = forge.world.repositories["acme/canary"]
    canary.checks[canary.commit(canary.pulls[0].source)] = "failure"
    done = prooflane("sync")
    assert done.status == 1
    assert "wave 'canary': 1 of 1 repositories have red checks, more than 10%" in done.out
    assert forge.world.repositories["acme/help"].pulls == []


def test_a_campaign_is_not_done_while_its_last_wave_is_red(fleet, prooflane, settings, forge):
    fleet.know(*(fleet.add(f"acme/{name}") for name in ("help", "more")))
    path = settings("waves: [{name: all, tiers: [0], soak: 0, red: 1}]\nlook: 0\n")
    assert prooflane("sync", "--to", "v2.0.0", "--settings", path).status == 0
    repository = forge.world.repositories["acme/help"]
    (pull,) = repository.pulls
    for said, status, state, waits in (
        ("pending", 0, "running", "wave 'all' has checks that go on: "),
        ("failure", 1, "running", "wave 'all' has red checks: "),
        ("success", 0, "done", None),
        ("failure", 1, "running", "wave 'all' has red checks: "),
    ):
        repository.checks[repository.commit(pull.source)] = said
        done = prooflane("sync", "--to", "v2.0.0", "--json")
        shown = json.loads(done.out)
        jsonschema.validate(shown, SCHEMA)
        assert (done.status, shown["state"]) == (status, state)
        assert shown["waits"] == (waits and f"{waits}{fleet.host}/acme/help")
        assert shown["red"] == [f"{fleet.host}/acme/help"] * (said == "failure")
    address = f"{forge.url}/acme/help/pull/1"
    done = prooflane("sync", "--to", "v2.0.0")
    assert f"red CI   {fleet.host}/acme/help: {address}\n" in done.out
    assert done.out.endswith("hint: mend or close it, or accept it: prooflane fleet resume\n")
    assert f"running: wave 'all' has red checks: {fleet.host}/acme/help" in prooflane("status").out
    assert prooflane("resume").status == 0
    accepted = prooflane("sync")
    assert (accepted.status, "v2.0.0: done" in accepted.out) == (0, True)


def test_a_wave_waits_for_somebodys_approval(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/help"))
    path = settings("waves: [{name: high, tiers: [0], approval: true, soak: 0}]\n")
    done = prooflane("sync", "--settings", path)
    assert done.status == 0
    assert (
        "wave 'high' needs somebody's approval\nhint: prooflane fleet resume --approve 'high'"
        in (done.out)
    )
    assert forge.world.written == []
    prooflane("resume", "--approve", "high")
    assert "1 published" in prooflane("sync").out


def test_nothing_is_sent_in_a_freeze(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/help"))
    path = settings(f"{WAVES}freeze: [{{from: 2020-01-01, to: 2099-12-31, reason: audit}}]\n")
    done = prooflane("sync", "--settings", path)
    assert (done.status, forge.world.written) == (0, [])
    assert "nothing is sent until 2099-12-31 has passed: audit" in done.out


def test_a_person_pauses_and_resumes(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/help"))
    path = settings("waves: [{name: high, tiers: [0], approval: true, soak: 0}]\n")
    prooflane("sync", "--settings", path)
    assert prooflane("pause", "the office is closed").status == 0
    stopped = prooflane("sync")
    assert stopped.err.endswith(
        "is paused: ada@example.com: the office is closed\nhint: prooflane fleet resume\n"
    )
    prooflane("resume", "--approve", "high")
    assert prooflane("sync").status == 0
    assert len(forge.world.repositories["acme/help"].pulls) == 1


def test_an_owner_who_says_not_until_is_left_alone_until_then(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/help"))
    prooflane(
        "sync",
        "--settings",
        settings(WAVES.replace("tiers: [0, 1], soak: 0", "tiers: [0, 1], soak: 9d")),
    )
    (pull,) = forge.world.repositories["acme/help"].pulls
    pull.comments.append(Comment("mallory", "not until 2099-01-01", is_member=False))
    heard = prooflane("sync")
    assert "mallory may not write there, so 'not until' was not heard" in heard.err
    pull.comments.append(Comment("grace", "Not until 2099-01-01: we are audited"))
    forge.world.repositories["acme/help"].checks[
        forge.world.repositories["acme/help"].commit(pull.source)
    ] = "failure"
    done = prooflane("sync", "--json")
    (run,) = json.loads(done.out)["repositories"]
    jsonschema.validate(json.loads(done.out), SCHEMA)
    assert (done.status, run["state"]) == (0, "waived")
    assert run["reason"].startswith("grace said not until ")
    assert run["reason"].endswith(": we are audited")


def test_a_repository_that_was_put_off_gets_nothing_until_the_day_has_passed(
    fleet, prooflane, settings, forge
):
    fleet.know(fleet.add("acme/help"))
    path = settings("waves: [{name: high, tiers: [0], approval: true, soak: 0}]\n")
    prooflane("sync", "--settings", path)
    soon = (datetime.now(UTC) + timedelta(days=3)).date()
    prooflane("pause", "holiday", "--repository", "acme/help", "--until", soon)
    prooflane("resume", "--approve", "high")
    assert "1 waived" in prooflane("sync").out
    assert forge.world.written == []
    with fleet.open() as ledger, ledger.writing() as connection:
        over = Waiver(f"{fleet.host}/acme/help", "", "2026-01-01", "", "", "command")
        waivers.keep(connection, [over])
    assert "1 published" in prooflane("sync").out


def test_a_reverted_wave_restores_the_trees(fleet, prooflane, settings, forge):
    rows = [fleet.add(f"acme/r{number}") for number in range(3)]
    fleet.know(*rows)
    prooflane("sync", "--settings", settings())
    merged, edited, left = (forge.world.repositories[f"acme/r{number}"] for number in range(3))
    before = git(merged.bare, "rev-parse", "main^{tree}")
    for repository in (merged, edited):
        forge.world.merge(repository.pulls[0], repository)
    fleet.change(edited.bare, {"ours.txt": "ours\n"})
    done = prooflane("revert", "rest", "it broke the drafts", "--json")
    assert done.status == 0, done.out + done.err
    jsonschema.validate(json.loads(done.out), SCHEMA)
    assert (left.pulls[0].state, "it broke the drafts" in left.pulls[0].body) == ("closed", True)
    for repository in (merged, edited):
        _, pull = repository.pulls
        assert pull.title == "Take the template v2.0.0 back"
        forge.world.merge(pull, repository)
    assert git(merged.bare, "rev-parse", "main^{tree}") == before
    assert git(edited.bare, "diff", "--name-only", before, "main") == "ours.txt"
    prooflane("revert", "rest", "it broke the drafts")
    assert [len(row.pulls) for row in (merged, edited, left)] == [2, 2, 1]


def test_what_cannot_be_done_is_listed_and_the_rest_goes_on(fleet, prooflane, settings, forge):
    names = ("gone", "archived", "renamed", "protected", "readonly", "foreign", "fine")
    rows = {name: fleet.add(f"acme/{name}") for name in names}
    fleet.know(*rows.values())
    world = forge.world
    world.repositories["acme/gone"].is_dead = True
    world.repositories["acme/archived"].is_archived = True
    world.rename("acme/renamed", "acme/other")
    world.protect("acme/protected", "prooflane/*")
    world.repositories["acme/readonly"].readers = frozenset({"prooflane-bot"})
    place = world.repositories["acme/foreign"].bare
    answers = git(place, "show", "main:.copier-answers.yml")
    elsewhere = answers.replace(str(fleet.template), "https://example.com/other.git")
    fleet.change(place, {".copier-answers.yml": f"{elsewhere}\n"})
    done = prooflane("sync", "--settings", settings(), "--json")
    found = {
        row["repository"].rpartition("/")[2]: row for row in json.loads(done.out)["repositories"]
    }
    jsonschema.validate(json.loads(done.out), SCHEMA)
    assert done.status == 1
    assert {name: row["state"] for name, row in found.items()} == {
        "gone": "gone",
        "archived": "archived",
        "renamed": "published",
        "protected": "failed",
        "readonly": "failed",
        "foreign": "foreign",
        "fine": "published",
    }
    assert {name: row["reason"] for name, row in found.items() if row["reason"]} == {
        "gone": "'acme/gone' is not on GitHub",
        "archived": "'acme/archived' is archived",
        "protected": "'acme/protected' protects its branches: GH006: Protected branch update "
        f"failed for refs/heads/{found['fine']['branch']}",
        "readonly": "the token may not write to 'acme/readonly'",
        "foreign": "it was made from 'https://example.com/other.git', not from "
        f"{str(fleet.template)!r}",
    }
    assert all(row["hint"] for row in found.values() if row["reason"])
    assert found["renamed"]["data"]["renamed"] == "acme/other"


def test_another_repository_under_an_old_name_is_not_touched(fleet, prooflane, settings, forge):
    row = fleet.add("acme/help")
    fleet.know(row)
    forge.world.repositories["acme/help"].id = 99
    done = prooflane("sync", "--settings", settings())
    assert done.status == 1
    assert "another repository is called 'acme/help' now" in done.out
    assert forge.world.repositories["acme/help"].pulls == []


def test_without_a_token_the_folders_go_on(fleet, prooflane, settings, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    place = fleet.bare("local")
    local = Repository(str(place), "folder", url=str(place), branch="main", tier=0)
    local = replace(local, template=str(fleet.template), version="v1.0.0")
    fleet.know(fleet.add("acme/help"), local)
    done = prooflane("sync", "--settings", settings())
    assert done.status == 1
    assert (
        "there is no token in GITHUB_TOKEN or GH_TOKEN\n  hint: export GITHUB_TOKEN=..." in done.out
    )
    assert "1 published" in done.out
    assert git(place, "for-each-ref", "--format=%(refname:short)", "refs/heads/prooflane")


def test_a_token_that_expired_is_one_sentence(fleet, prooflane, settings, monkeypatch):
    fleet.know(fleet.add("acme/help"))
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-yesterday")
    done = prooflane("sync", "--settings", settings())
    assert done.status == 1
    assert "GitHub does not know the token of GITHUB_TOKEN\n  hint: it expired" in done.out


def test_a_repository_of_a_list_is_on_the_forge_of_its_host(monkeypatch):
    monkeypatch.setenv("GITLAB_URL", "https://code.example.com")
    hosts = ("github.com", "gitlab.com", "code.example.com")
    rows = [Repository(f"{host}/acme/help", "list:/repositories.txt") for host in hosts]
    assert [kind_of(row) for row in rows] == ["github", "gitlab", "gitlab"]


def test_a_token_of_the_wrong_scope_is_one_sentence_a_repository(
    fleet, prooflane, settings, forge, monkeypatch
):
    fleet.know(fleet.add("acme/help"))
    forge.world.account("reader", "token-of-a-reader", READ)
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-a-reader")
    done = prooflane("sync", "--settings", settings())
    assert done.status == 1
    assert "the token may not write to 'acme/help'\n  hint: it needs contents" in done.out


def test_a_template_that_is_not_trusted_is_not_fetched(fleet, prooflane, settings, tmp_path):
    fleet.know(fleet.add("acme/help"))
    (tmp_path / "home/.config/prooflane/config.yaml").unlink()
    done = prooflane("sync", "--settings", settings())
    assert done.status == 2
    assert (
        f"error: the recorded template {str(fleet.template)!r} is not one that you trust"
        in done.err
    )


def test_a_ledger_of_a_newer_version_is_refused(fleet, prooflane):
    fleet.know(fleet.add("acme/help"))
    with sqlite3.connect(fleet.ledger) as database:
        database.execute("update meta set value = '99' where key = 'schema'")
    database.close()
    done = prooflane("sync")
    assert done.status == 2
    assert "is of schema 99, and this prooflane knows 1" in done.err


def test_a_clock_that_went_back_is_told_and_sends_nothing_early(fleet, prooflane, settings):
    fleet.know(fleet.add("acme/help"))
    with fleet.open() as ledger, ledger.writing() as connection:
        events.append(connection, Event(time.time() + 9000, "sync", "in the future"))
    done = prooflane("sync", "--settings", settings())
    assert done.status == 0
    assert "hours behind the ledger's last entry: waits start anew" in done.err


def test_a_wave_that_ended_in_the_future_soaks_anew(fleet, prooflane, settings):
    fleet.know(fleet.add("acme/canary"), fleet.add("acme/help"))
    prooflane("sync", "--settings", settings(WAVES.replace("soak: 0", "soak: 2h", 1)))
    with fleet.open() as ledger, ledger.writing() as connection:
        (campaign,) = campaigns.read(connection)
        canary = next(campaigns.waves(connection, campaign.id))
        later = time.time() + 90_000
        campaigns.keep_waves(connection, [replace(canary, finished=later)])
        events.append(connection, Event(later, "sync", "in the future"))
    done = prooflane("sync")
    assert "waits start anew" in done.err
    assert "wave 'canary' soaks for another 2 h" in done.out


def test_two_runs_at_once_are_refused(fleet, prooflane, settings):
    fleet.know(fleet.add("acme/help"))
    with fleet.open() as ledger, exclusive(ledger):
        done = prooflane("sync", "--settings", settings())
    assert done.status == 2
    assert "error: another 'fleet sync' runs on this ledger" in done.err


def test_an_empty_ledger_says_what_comes_first(prooflane):
    done = prooflane("sync")
    assert done.err == (
        "error: the ledger knows no repository of a template\nhint: prooflane fleet scan\n"
    )


def test_what_an_owner_added_to_our_branch_stays(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/help"))
    prooflane("sync", "--settings", settings())
    repository = forge.world.repositories["acme/help"]
    (pull,) = repository.pulls
    fleet.change(repository.bare, {"more.txt": "more\n"}, pull.source)
    tip = repository.commit(pull.source)
    with fleet.open() as ledger, ledger.writing() as connection:
        (run,) = runs.read(connection, pull.source.removeprefix("prooflane/sync-"), "sync")
        runs.keep(connection, [replace(run, state="pending", data={}, head="")])
    assert prooflane("sync").status == 0
    assert (repository.commit(pull.source), len(repository.pulls)) == (tip, 1)


def test_tokens_are_in_no_file(fleet, prooflane, settings, forge, tmp_path):
    fleet.know(fleet.add("acme/help"), fleet.add("acme/gone"))
    forge.world.repositories["acme/gone"].is_dead = True
    done = prooflane("sync", "--settings", settings())
    secrets = (b"token-of-the-bot", b64encode(b"x-access-token:token-of-the-bot"))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "fleet.db" for path in files)
    assert not [path for path in files if any(one in path.read_bytes() for one in secrets)]
    assert "token-of-the-bot" not in done.out + done.err


def test_gitlab_gets_a_merge_request_each(fleet, prooflane, settings, forge, monkeypatch):
    monkeypatch.setenv("GITLAB_URL", forge.gitlab)
    monkeypatch.setenv("GITLAB_TOKEN", "token-of-the-bot")
    rows = [fleet.add("acme/ai/help"), fleet.add("acme/ai/gone")]
    fleet.know(*(replace(row, source="gitlab:acme/ai") for row in rows))
    forge.world.repositories["acme/ai/gone"].is_dead = True
    done = prooflane("sync", "--to", "v2.0.0", "--settings", settings())
    assert done.status == 1
    assert "'acme/ai/gone' is not on GitLab" in done.out
    repository = forge.world.repositories["acme/ai/help"]
    forge.world.merge(repository.pulls[0], repository)
    assert git(repository.bare, "show", "main:controls/log.py") == "LEVEL = 2"
    prooflane("revert", "rest", "it broke the drafts")
    assert [row.title for row in repository.pulls] == [
        "Template v1.0.0 to v2.0.0: 5 files",
        "Take the template v2.0.0 back",
    ]


def test_a_published_repository_that_is_put_off_no_longer_counts(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/canary"), fleet.add("acme/help"))
    text = WAVES.replace("soak: 0, conflicts: 0.3", "soak: 2h, conflicts: 0.3")
    prooflane("sync", "--settings", settings(text))
    canary = forge.world.repositories["acme/canary"]
    canary.checks[canary.commit(canary.pulls[0].source)] = "failure"
    soon = (datetime.now(UTC) + timedelta(days=3)).date()
    prooflane("pause", "holiday", "--repository", "acme/canary", "--until", soon)
    done = prooflane("sync")
    assert done.status == 0
    assert "canary  soaking   1 waived" in done.out


def test_a_pull_request_closed_with_not_until_is_opened_anew_afterwards(
    fleet, prooflane, settings, forge
):
    fleet.know(fleet.add("acme/canary"), fleet.add("acme/help"))
    prooflane("sync", "--settings", settings(WAVES.replace("soak: 0", "soak: 2h", 1)))
    canary = forge.world.repositories["acme/canary"]
    canary.pulls[0].comments.append(Comment("grace", "not until 2099-01-01"))
    canary.pulls[0].state = "closed"
    assert "1 waived" in prooflane("sync").out
    with fleet.open() as ledger, ledger.writing() as connection:
        (said,) = waivers.read(connection)
        waivers.keep(connection, [replace(said, until="2026-01-01")])
    assert "canary  soaking   1 published" in prooflane("sync").out
    assert [row.state for row in canary.pulls] == ["closed", "open"]


def test_a_newer_version_closes_what_the_one_before_left_open(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/help"), fleet.add("acme/merged"))
    prooflane("sync", "--to", "v2.0.0", "--settings", settings())
    left, merged = (forge.world.repositories[f"acme/{name}"] for name in ("help", "merged"))
    forge.world.merge(merged.pulls[0], merged)
    commit(fleet.template, {"template/controls/log.py": "LEVEL = 3\n"}, "v3.0.0")
    done = prooflane("sync", "--to", "v3.0.0", "--settings", settings())
    assert done.status == 0, done.out + done.err
    assert [row.state for row in left.pulls] == ["closed", "open"]
    assert "superseded by v3.0.0-" in left.pulls[0].body
    assert [row.state for row in merged.pulls] == ["merged", "open"]
    old = prooflane("sync", "--to", "v2.0.0")
    assert (old.status, "was superseded by v3.0.0-" in old.err) == (2, True)


@pytest.mark.slow
def test_one_identity_is_never_above_its_rate_whoever_runs_it(fleet, prooflane, settings, forge):
    fleet.know(*(fleet.add(f"acme/r{number:02}") for number in range(12)))
    text = WAVES.replace("canary, repositories: [acme/canary*]", "half, tiers: [0], share: 50")
    text = text.replace("tiers: [0, 1], soak: 0", "tiers: [0, 1], soak: 0, approval: true")
    prooflane("sync", "--settings", settings(text.replace("per_minute: 6000", "per_minute: 20")))
    prooflane("resume", "--approve", "rest")
    assert prooflane("sync").status == 0
    times = [row.at for row in forge.world.written]
    # what is left of a bucket is in the ledger: five at once, then one in four seconds
    assert (len(times), max(times) - min(times) > 24) == (12, True)
    assert forge.world.most_within("prooflane-bot", 60) <= 20


def test_a_wave_of_which_nobody_was_reached_keeps_the_next_one_back(
    fleet, prooflane, settings, monkeypatch
):
    monkeypatch.delenv("GITHUB_TOKEN")
    place = fleet.bare("local")
    local = Repository(str(place), "folder", url=str(place), branch="main", tier=0)
    local = replace(local, template=str(fleet.template), version="v1.0.0")
    fleet.know(fleet.add("acme/canary"), local)
    done = prooflane("sync", "--settings", settings())
    assert done.status == 1
    assert done.out.endswith(
        "nobody in wave 'canary' could be reached: there is no token in GITHUB_TOKEN or GH_TOKEN\n"
        "hint: export GITHUB_TOKEN=...\n"
    )
    assert "rest    waiting   1 pending" in done.out
    assert git(place, "for-each-ref", "refs/heads/prooflane") == ""
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-the-bot")
    assert "rest    done      1 published" in prooflane("sync").out


def test_a_freeze_that_begins_while_a_wave_is_sent_stops_it(fleet, forge):
    fleet.know(*(fleet.add(f"acme/r{number}") for number in range(3)))
    day = datetime(2026, 12, 17, 23, tzinfo=UTC)
    freeze = (Freeze(date(2026, 12, 18), date(2027, 1, 4), "year's end"),)
    wanted = Wanted("v2.0.0", None, Settings((Stage("all", (0,), soak=0),), freeze))

    def clock():
        # midnight comes after the first pull request
        return (day + timedelta(hours=2 * bool(forge.world.written))).timestamp()

    with opened(str(fleet.ledger), clock) as ledger:
        done = roll(ledger, wanted, lambda _: None)
    assert done.waits == "nothing is sent until 2027-01-04 has passed: year's end"
    assert sorted(run.state for run in done.runs) == ["pending", "pending", "published"]
    assert sum(len(row.pulls) for row in forge.world.repositories.values()) == 1


def test_whoever_resumes_accepts_what_was_seen_and_no_more(fleet, prooflane, settings, forge):
    owners = {f"acme/canary-{number}": MINE if number < 2 else None for number in range(4)}
    fleet.know(*(fleet.add(name, files=files) for name, files in owners.items()))
    text = WAVES.replace("conflicts: 0.3", "conflicts: 0.1, holds: 1, red: 0")
    assert "have conflicts, more than 10%" in prooflane("sync", "--settings", settings(text)).out
    stopped = []
    while len(stopped) < 2 and "paused" in (done := prooflane("resume") and prooflane("sync")).out:
        stopped.append(done.out)
    assert "have conflicts, 1 of them accepted, more than 10%" in stopped[0]
    assert len(stopped) == 1
    assert "canary  done      4 published" in done.out
    canary = forge.world.repositories["acme/canary-3"]
    canary.checks[canary.commit(canary.pulls[0].source)] = "failure"
    # a wave that is through is looked at, too, and accepted as any other
    assert prooflane("sync", "--to", "v2.0.0").status == 1
    assert prooflane("resume").status == 0
    assert prooflane("sync").status == 0


def test_a_name_like_an_answer_of_a_forge_is_none(fleet, prooflane, settings, forge):
    fleet.know(fleet.add("acme/protected-403"))
    forge.world.faults.plan("500", path="protected-403.git/", times=3)
    done = prooflane("sync", "--settings", settings(), "--json")
    (run,) = json.loads(done.out)["repositories"]
    assert run["state"] == "unreachable"
    assert run["reason"].endswith("The requested URL returned error: 500")


def test_an_error_that_nobody_foresaw_ends_one_repository(fleet, forge):
    row = fleet.add("acme/help")
    kept = []

    def make(_clone):
        raise ZeroDivisionError("division by zero")

    def keeps(run):
        kept.append(run)
        return run

    with opened(str(fleet.ledger)) as ledger:
        writer = Writer(connect("github"), ledger, Rate(), 1, lambda _: None)
        errand = publish.Errand("v2", "prooflane/sync-v2", make, keeps)
        done = publish.propose(writer, errand, row, Run(row.key, "sync", "pending"))
    assert (done.state, done.reason) == ("failed", "ZeroDivisionError: division by zero")
    assert (kept[-1], done.hint) == (done, "tell us: this is a defect")
    assert forge.world.written == []


def test_of_two_campaigns_the_one_whose_template_is_named_goes_on(
    fleet, prooflane, settings, tmp_path
):
    approved = "waves: [{name: all, tiers: [0], approval: true, soak: 0}]\n"
    fleet.know(fleet.add("acme/help"))
    assert prooflane("sync", "--settings", settings(approved)).status == 0
    other = tmp_path / "other"
    shutil.copytree(fleet.template, other)
    trust(tmp_path / "home", fleet.template, other)
    row = replace(fleet.add("acme/faq"), template=str(other))
    fleet.know(row)
    options = ("--template", other, "--to", "v2.0.0", "--settings", settings(approved))
    assert prooflane("sync", *options).status == 0
    for template in (fleet.template, other):
        said = json.loads(prooflane("sync", "--template", template, "--json").out)
        assert said["template"] == str(template)


def test_a_wave_that_is_taken_back_is_all_that_is_shown(fleet, prooflane, settings):
    fleet.know(fleet.add("acme/canary"), fleet.add("acme/help"))
    prooflane("sync", "--settings", settings())
    done = prooflane("revert", "canary", "it broke the drafts")
    assert done.out == "v2.0.0: paused · 1 repository\n  canary  reverted  1 declined\n"
