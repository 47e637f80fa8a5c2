"""`fleet pull` on the fake forge: one pull request inside the wave, nothing outside it."""

import json
import os
from datetime import date, timedelta

import pytest
from fleet import FIRST, MINE, commit, git, trust

from prooflane.cli import main

WAVES = """\
waves:
  - {name: early, tiers: [0], soak: 1d}
  - {name: later, tiers: [1], soak: 1d}
"""


def pull(**said):
    rows = {"version": "v2.0.0", "from": "2020-01-01", **said}
    return WAVES + "pull:\n" + "".join(f"  {key}: {value}\n" for key, value in rows.items())


@pytest.fixture
def rollout(fleet):
    """Return a function that writes the template's record, at its newest commit."""

    def write(text=None, **files):
        commit(fleet.template, {"rollout.yaml": text or pull(), **files})

    return write


@pytest.fixture
def asks(capsys):
    """Return a function that does what the scheduled job of a repository does."""

    def run(name="acme/help", kind="github"):
        status = main(["fleet", "pull", f"{kind}:{name}", "--quiet", "--json"])
        out, err = capsys.readouterr()
        return status, json.loads(out) if out else err

    return run


def test_inside_its_wave_it_gets_one_pull_request_however_often_it_asks(
    fleet, rollout, asks, forge
):
    fleet.add("acme/help")
    rollout()
    status, said = asks()
    repository = forge.world.repositories["acme/help"]
    (proposed,) = repository.pulls
    assert (status, said["came"], said["wave"]) == (0, "proposed", "early")
    assert proposed.title == "Template v1.0.0 to v2.0.0: 5 files"
    assert git(repository.bare, "show", f"{proposed.source}:controls/log.py") == "LEVEL = 2"
    written = len(forge.world.written)
    assert asks()[0] == 0
    assert (len(repository.pulls), len(forge.world.written)) == (1, written)


@pytest.mark.slow
def test_a_campaign_finds_the_pull_request_that_is_there(fleet, rollout, asks, forge, prooflane):
    fleet.know(fleet.add("acme/help"))
    rollout()
    asks()
    done = prooflane("sync", "--to", "v2.0.0")
    assert "1 published" in done.out, done.err
    assert len(forge.world.repositories["acme/help"].pulls) == 1


def test_before_its_wave_opens_nothing_is_sent(fleet, rollout, asks, forge):
    fleet.add("acme/help", tier=1)
    today = date.today()  # noqa: DTZ011 - a day that is tomorrow anywhere
    rollout(pull(**{"from": str(today + timedelta(days=2))}))
    status, said = asks()
    opens = today + timedelta(days=3)
    reason = f"not yet: wave 'later' of v2.0.0 opens {opens}"
    assert (status, said["came"], said["reason"]) == (0, "waits", reason)
    assert forge.world.written == []
    assert forge.world.repositories["acme/help"].pulls == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"rollout.yaml": pull(paused="it drafts oddly")}, "v2.0.0 is paused: it drafts oddly"),
        (
            {"rollout.yaml": pull(), "channels.yaml": "canary: v2.0.0\nstable: v1.0.0\n"},
            "not yet: channel 'stable' is at v1.0.0, not v2.0.0",
        ),
        (
            {"rollout.yaml": pull().replace("soak: 1d}", "soak: 1d, approval: true}", 1)},
            "wave 'early' of v2.0.0 needs somebody's approval",
        ),
        ({"rollout.yaml": WAVES}, "has no rollout.yaml with a section 'pull'"),
    ],
    ids=["paused", "the channel is behind", "not approved", "no pull mode"],
)
def test_what_the_platform_team_holds_back_is_not_sent(fleet, asks, forge, files, reason):
    fleet.add("acme/help")
    commit(fleet.template, files)
    status, said = asks()
    assert (status, said["came"]) == (0, "waits")
    assert said["reason"].endswith(reason)
    assert forge.world.written == []


def test_an_approved_wave_of_a_channel_that_is_there_is_sent(fleet, rollout, asks):
    fleet.add("acme/help")
    text = pull(channel="canary", approved="[early]").replace("1d}", "1d, approval: true}", 1)
    rollout(text, **{"channels.yaml": "canary: v2.0.0\nstable: v1.0.0\n"})
    assert asks()[1]["came"] == "proposed"


def test_a_token_that_may_not_open_pull_requests_leaves_the_branch(fleet, rollout, asks, forge):
    fleet.add("acme/help")
    rollout()
    forge.world.faults.plan("403", "POST", "/pulls", times=2)
    repository = forge.world.repositories["acme/help"]
    for _ in range(2):  # the second time the branch is there already
        status, said = asks()
        assert (status, said["came"]) == (1, "pushed")
        assert repository.pulls == []
        assert git(repository.bare, "show", f"{said['where']}:controls/log.py") == "LEVEL = 2"
    fleet.change(repository.bare, {"prompts/answer.md": "Answer well.\n"})
    assert asks()[1]["came"] == "proposed"  # on the new base, with the right given
    assert git(repository.bare, "show", f"{said['where']}:prompts/answer.md") == "Answer well."


@pytest.mark.slow
def test_a_branch_of_somebody_else_is_left_alone(fleet, rollout, asks, forge):
    fleet.add("acme/help")
    rollout()
    forge.world.faults.plan("403", "POST", "/pulls")
    branch = asks()[1]["where"]
    repository = forge.world.repositories["acme/help"]
    theirs = fleet.change(repository.bare, {"settings.yaml": "mine\n"}, branch)
    status, said = asks()
    assert (status, said["came"]) == (1, "failed")
    assert said["reason"] == "somebody else wrote to the branch of 'acme/help'"
    assert repository.commit(branch) == theirs


def test_closing_it_says_no(fleet, rollout, asks, forge):
    fleet.add("acme/help")
    rollout()
    asks()
    repository = forge.world.repositories["acme/help"]
    repository.pulls[0].state = "closed"
    assert asks() == (0, asks()[1])
    assert [row.state for row in repository.pulls] == ["closed"]


def test_a_conflict_keeps_the_owners_side(fleet, rollout, asks, forge):
    fleet.add("acme/help", files=MINE)
    rollout()
    assert asks()[0] == 0
    repository = forge.world.repositories["acme/help"]
    (proposed,) = repository.pulls
    assert "## Conflicts: your side was kept" in proposed.body


@pytest.mark.slow
def test_it_works_on_gitlab(fleet, rollout, asks, forge, monkeypatch):
    monkeypatch.setenv("GITLAB_URL", forge.gitlab)
    monkeypatch.setenv("GITLAB_TOKEN", "token-of-the-bot")
    fleet.add("acme/help")
    rollout()
    assert asks(kind="gitlab")[1]["came"] == "proposed"
    assert asks(kind="gitlab")[0] == 0
    assert len(forge.world.repositories["acme/help"].pulls) == 1


def test_a_template_that_nobody_trusts_is_not_even_read(fleet, rollout, asks, forge, tmp_path):
    fleet.add("acme/help")
    rollout()
    trust(tmp_path / "home", tmp_path / "another")
    status, said = asks()
    assert (status, forge.world.written) == (2, [])
    assert "is not one that you trust" in said


def test_no_code_of_the_repository_runs_with_the_token(fleet, rollout, asks, forge, tmp_path):
    left = tmp_path / "ran"
    evil = f"import pathlib\npathlib.Path({str(left)!r}).touch()\n"
    files = {"controls/cli.py": evil, "controls/__init__.py": evil, "conftest.py": evil}
    fleet.add("acme/help", files={**files, ".gitattributes": "* filter=evil\n"})
    template = {"template/controls/cli.py": evil + FIRST["template/controls/cli.py"]}
    rollout(pull(version="v3.0.0"), **template)
    git(fleet.template, "tag", "v3.0.0")
    assert asks()[1]["came"] == "proposed"
    assert not left.exists()
    assert "Not run" in forge.world.repositories["acme/help"].pulls[0].body


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("pull: {version: v2.0.0}", "from of the template's 'rollout.yaml' is not a day: None"),
        ("pull: {from: 2026-12-01}", "pull of the template's 'rollout.yaml' names no version"),
        (pull(aproved="[early]"), "pull of the template's 'rollout.yaml' has an unknown 'aproved'"),
        (
            pull(approved="[none]"),
            "approved of the template's 'rollout.yaml' names no wave: 'none'",
        ),
        (pull(channel="beta"), "rollout.yaml names no channel: 'beta'"),
        ("pull: [", "the template's 'rollout.yaml' is not valid YAML at line 2"),
    ],
    ids=["no day", "no version", "unknown", "no such wave", "no such channel", "torn"],
)
def test_a_record_that_cannot_be_meant_is_one_sentence(fleet, rollout, asks, text, error):
    fleet.add("acme/help")
    rollout(text)
    status, said = asks()
    assert status == 2
    assert said.startswith("error: ")
    assert error in said
    assert "Traceback" not in said
    assert fleet.forge.world.written == []


@pytest.mark.parametrize("name", ["acme/help", "github:help", "folder:/tmp/x", ""])
def test_a_name_that_is_none_is_refused(capsys, name):
    assert main(["fleet", "pull", name]) == 2
    expected = f"error: {name!r} names no repository of a forge\nhint: github:OWNER/NAME"
    assert capsys.readouterr().err.startswith(expected)


@pytest.mark.slow
def test_the_token_of_a_job_has_no_user_and_is_told_by_its_repository(
    fleet, rollout, asks, forge, monkeypatch
):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/help")
    forge.world.faults.plan("403", "GET", "/user", times=2)
    fleet.add("acme/help")
    rollout()
    assert asks()[1]["came"] == "proposed"
    assert os.environ["GITHUB_TOKEN"] not in json.dumps(asks()[1])
