"""`prooflane fleet plan`: what a version would do to each repository; nothing is written."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_fleet import VERDICTS, kind_of

from prooflane.fleet.ledger import events, waivers
from prooflane.fleet.ledger.database import opened
from prooflane.fleet.ledger.waivers import Waiver


@pytest.fixture
def plan(prooflane, made):
    """Return a function that plans the ledger `fleet.db`, in one thread unless it is told."""

    def run(*args, template=made / "template", **env):
        options = ("--ledger", "fleet.db", *(("--template", template) if template else ()))
        options += () if "--executor" in args else ("--executor", "threads:1")
        return prooflane("fleet", "plan", *options, *args, **env)

    return run


@pytest.fixture
def scanned(ledger_of, made):
    """Return the fleet, which the ledger knows."""
    ledger_of(made / "fleet")
    return made


@pytest.fixture
def some(ledger_of, made, tmp_path):
    """Return a function that scans one repository of each of the kinds, and gives their places."""

    def scan(*kinds):
        places = [next(made.glob(f"fleet/*/*-{name}.git")) for name in kinds]
        (tmp_path / "some.txt").write_text("".join(f"{place}\n" for place in places))
        ledger_of(tmp_path / "some.txt")
        return places

    return scan


@pytest.mark.usefixtures("scanned")
def test_each_repository_gets_the_verdict_that_it_was_made_for(plan, documented):
    done = plan("--no-checks", "--json")
    assert done.status == 0, done.err
    documented(done.json, "fleet_plan")
    unchecked = VERDICTS | {"floating-action": "clean"}
    for row in done.json["repositories"]:
        assert row["verdict"] == unchecked[kind_of(row["key"])], row
    assert done.json["verdicts"] == {
        "current": 1,
        "clean": 16,
        "held": 1,
        "blocked": 0,
        "conflict": 2,
        "not ours": 1,
        "failed": 0,
    }
    assert done.json["by_tier"]["tier 1"] == {"clean": 5}
    assert done.json["by_team"]["payments"]["held"] == 1
    assert done.json["by_control"]["SUP-1"]["changed"] == 18
    assert {row["unchecked"] for row in done.json["repositories"] if row["after"]} >= {
        "not run, --no-checks"
    }


def test_a_check_that_the_release_makes_stricter_blocks_and_says_so(plan, some):
    some("plain", "floating-action")
    done = plan("--json", "--executor", "processes:1")
    clean, blocked = sorted(done.json["repositories"], key=lambda row: row["verdict"] == "blocked")
    assert clean["verdict"] == "clean"
    assert clean["unchecked"] == ""
    assert blocked["verdict"] == "blocked"
    assert [(row["id"], row["is_new"]) for row in blocked["blocked"]] == [("SUP-1", True)]


def test_a_repository_is_judged_as_prooflane_sync_would(plan, some, made, prooflane):
    places = some("manifest-conflict", "held", "managed-edit")
    rows = {row["key"]: row for row in plan("--no-checks", "--json").json["repositories"]}
    for place in places:
        options = ("--plan", "--yes", "--json", "--template", made / "template")
        alone, row = prooflane("sync", place, *options).json, rows[str(place)]
        assert row["files"] == len(alone["files"])
        assert list(row["conflicts"]) == [each["path"] for each in alone["conflicts"]]
        assert [each["id"] for each in row["held"]] == [each["id"] for each in alone["held"]]
        assert row["controls"] == {each["id"]: each["kind"] for each in alone["controls"]}
        assert row["lost"] == [each["path"] for each in alone["taken_out"]]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_nothing_is_written_to_any_repository(plan, some):
    places = some("edited", "manifest-conflict", "floating-action")
    before = [contents(place) for place in places]
    assert plan().status == 0
    assert [contents(place) for place in places] == before


@pytest.mark.slow
@pytest.mark.usefixtures("scanned")
def test_threads_processes_and_shards_say_the_same(plan):
    def verdicts(*options):
        rows = plan("--no-checks", "--json", *options).json["repositories"]
        return {row["key"]: row["verdict"] for row in rows}

    whole = verdicts("--executor", "threads:3")
    assert len(whole) == 21
    assert verdicts("--executor", "processes:2") == whole
    parts = [verdicts("--executor", "threads:1", "--shard", f"{i}/3") for i in (1, 2, 3)]
    assert sum(len(part) for part in parts) == 21
    assert parts[0] | parts[1] | parts[2] == whole


def test_a_repository_that_fails_is_recorded_and_the_rest_goes_on(plan, ledger_of, made, tmp_path):
    shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / "all/one.git")
    shutil.copytree(next(made.glob("fleet/*/*-edited.git")), tmp_path / "all/two.git")
    ledger_of(tmp_path / "all")
    shutil.rmtree(tmp_path / "all/two.git")
    done = plan("--no-checks", "--json")
    assert done.status == 1
    one, two = done.json["repositories"]
    assert one["verdict"] == "clean"
    assert (two["verdict"], bool(two["team"])) == ("failed", True)
    assert two["reason"] == f"'{tmp_path}/all/two.git' is not a git repository"
    with sqlite3.connect(tmp_path / "fleet.db") as ledger:
        kept = "select state, reason from runs where kind = 'plan' order by repository"
        assert [row[0] for row in ledger.execute(kept)] == ["clean", "failed"]
    ledger.close()


def test_a_repository_without_a_commit_is_skipped(plan, ledger_of, made, tmp_path, documented):
    shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / "all/one.git")
    new = tmp_path / "all/two.git"
    subprocess.run(["git", "init", "--quiet", "--bare", new], check=True)
    ledger_of(tmp_path / "all")
    done = plan("--no-checks", "--json")
    assert done.status == 0, done.err
    said = documented(done.json, "fleet_plan")
    assert [row["verdict"] for row in said["repositories"]] == ["clean"]
    skipped = {"key": str(new), "state": "empty", "reason": "it has no commit yet"}
    assert said["skipped"] == [skipped]
    assert "1 skipped: empty, archived, renamed or gone" in plan("--no-checks").out


def test_a_template_that_nobody_trusts_is_not_ours_and_the_way_out_is_named(plan, some):
    some("plain")
    (row,) = plan("--no-checks", "--json", template=None).json["repositories"]
    assert row["verdict"] == "not ours"
    assert re.fullmatch(r"the recorded template '.*' is not one that you trust", row["reason"])
    assert row["hint"].startswith("--template ")


def test_a_repository_of_another_template_is_not_ours(plan, some, tmp_path, made):
    some("plain")
    shutil.copytree(made / "template", tmp_path / "another")
    (row,) = plan("--no-checks", "--json", template=tmp_path / "another").json["repositories"]
    assert row["verdict"] == "not ours"
    assert row["reason"] == f"it was made from {str(made / 'template')!r}, another template"


def test_a_clone_of_the_template_stands_for_it(plan, some, tmp_path, made):
    some("plain")
    command = ["git", "clone", "--quiet", str(made / "template"), str(tmp_path / "clone")]
    subprocess.run(command, check=True)
    (row,) = plan("--no-checks", "--json", template=tmp_path / "clone").json["repositories"]
    assert row["verdict"] == "clean"


def test_a_version_of_its_own_can_be_named_and_an_older_one_is_nothing_new(plan, some):
    some("plain", "current")
    rows = plan("--no-checks", "--json", "--to", "v0.1.0").json["repositories"]
    found = {kind_of(row["key"]): (row["verdict"], row["reason"]) for row in rows}
    assert found["plain"] == ("current", "")
    assert found["current"] == (
        "failed",
        "v0.1.0 is older than v0.2.0, which this repository is at",
    )


def test_a_partial_clone_is_judged_as_its_repository(plan, prooflane, made, tmp_path):
    places = [next(made.glob(f"fleet/*/*-{name}.git")) for name in ("edited", "readme-conflict")]
    (tmp_path / "urls.txt").write_text("".join(f"file://{place}\n" for place in places))
    assert prooflane("fleet", "scan", "urls.txt", "--ledger", "fleet.db").status == 0
    rows = plan("--no-checks", "--json").json["repositories"]
    assert sorted(row["verdict"] for row in rows) == ["clean", "conflict"]


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_repositories_of_a_forge_are_planned_and_nothing_is_written_there(  # noqa: PLR0913, PLR0917
    kind, plan, prooflane, made, tmp_path, fake
):
    world, env = fake
    names = ["acme/help"]
    if kind == "gitlab":
        names.append("acme/ai/faq")
        env |= {"GITLAB_URL": env["GITHUB_API_URL"].removesuffix("/api/v3")}
        env |= {"GITLAB_TOKEN": env["GITHUB_TOKEN"]}
    for name in names:
        shutil.copytree(next(made.glob("fleet/*/*-plain.git")), tmp_path / f"{name}.git")
        world.add(name, tmp_path / f"{name}.git")
    before = [contents(tmp_path / f"{name}.git") for name in names]
    assert prooflane("fleet", "scan", f"{kind}:acme", "--ledger", "fleet.db", **env).status == 0
    rows = plan("--no-checks", "--json", **env).json["repositories"]
    assert [row["verdict"] for row in rows] == ["clean"] * len(names)
    assert world.written == []
    assert [contents(tmp_path / f"{name}.git") for name in names] == before


@pytest.mark.usefixtures("scanned")
def test_the_screen_counts_and_lists_what_needs_a_person(plan):
    done = plan("--no-checks")
    assert done.out.startswith("what-if: 21 repositories to v0.2.0, judged in ")
    assert "    16  clean      would sync without a question\n" in done.out
    assert "\nconflict (2)\n" in done.out
    assert "README.md (content) · @" in done.out
    assert "notes      1 with own edits of managed files, kept as a patch\n" in done.out
    assert "planning 21 repositories" in done.err


def test_the_page_holds_everything_and_needs_nothing(plan, some, tmp_path):
    some("plain", "readme-conflict", "current", "not-ours")
    assert plan("--no-checks", "--quiet", "--html", "plan.html").status == 0
    page = (tmp_path / "plan.html").read_text()
    assert "<script" not in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r"https?://", page)
    assert 'aria-label="clean 1, current 1, conflict 1, not ours 1"' in page
    assert "0014-readme-conflict.git</h3>" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--shard", "4/3"), "--shard takes i/n with i from 1 to n, got '4/3'"),
        (("--executor", "horses"), "there is no executor 'horses'"),
        (("--python", "no/python"), "there is no program 'no/python'"),
        (
            ("--html", "no/where.html", "--no-checks"),
            "the page 'no/where.html' cannot be written: ",
        ),
    ],
)
def test_an_option_that_means_nothing_is_one_sentence(plan, some, options, message):
    some("current")
    done = plan(*options)
    assert done.status == 2
    assert done.err.splitlines()[-2].startswith(f"error: {message}")


def test_an_empty_ledger_says_what_to_do(plan):
    done = plan()
    assert done.status == 2
    assert "holds no repository\nhint: prooflane fleet scan SOURCE\n" in done.err


def test_a_library_that_is_missing_is_named_with_the_extra_that_has_it(plan, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nclass No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'sqlalchemy':\n"
        "            raise ModuleNotFoundError('no', name=name)\n"
        "sys.meta_path.insert(0, No())\n"
    )
    generator = Path(__file__).parents[2] / "generator"
    done = plan(PYTHONPATH=f"{tmp_path}:{generator}")
    assert done.status == 2
    assert done.err == (
        "error: prooflane fleet needs 'sqlalchemy'\nhint: pip install 'prooflane[fleet]'\n"
    )


def test_help_waits_for_no_library(home):
    code = (
        "import sys; from prooflane.cli import main; main(['--help']); "
        "import json; print(json.dumps([m for m in ('sqlalchemy', 'pygit2', 'argparse') "
        "if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=home, check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_an_owner_who_asked_to_wait_is_shown_until_the_day_is_over(plan, some, tmp_path):
    plain, edited = some("plain", "edited")
    with opened(str(tmp_path / "fleet.db")) as ledger, ledger.writing() as connection:
        asked = Waiver(str(plain), "", "2999-01-01", "the season", "@ada", "pull request")
        over = Waiver(str(edited), "", "2001-01-01", "the season", "@ada", "pull request")
        waivers.keep(connection, [asked, over])
    done = plan("--no-checks", "--json", "--executor", "threads:1")
    waits = {row["key"]: row["waits"] for row in done.json["repositories"]}
    assert waits == {str(plain): "2999-01-01", str(edited): ""}


def test_a_clock_that_went_back_is_said_and_stops_nothing(plan, some, tmp_path):
    some("current")
    with opened(str(tmp_path / "fleet.db")) as ledger, ledger.writing() as connection:
        events.append(connection, events.Event(time.time() + 86400 * 3, "test"))
    done = plan("--no-checks")
    assert done.status == 0
    assert "note: the clock is 2 days behind the ledger's last entry: " in done.err


def test_a_ledger_of_a_newer_prooflane_is_refused(plan, some, tmp_path):
    some("current")
    with sqlite3.connect(tmp_path / "fleet.db") as ledger:
        ledger.execute("update meta set value = '2'")
    ledger.close()
    done = plan("--no-checks")
    assert done.status == 2
    assert done.err == (
        f"error: the ledger '{tmp_path}/fleet.db' is of schema 2, and this prooflane knows 1\n"
        "hint: install the prooflane that wrote it, or a newer one\n"
    )


def test_parts_of_a_fleet_are_planned_on_one_postgresql_ledger(prooflane, made, new_database):
    address = new_database()
    places = [str(place) for place in sorted(made.glob("fleet/docs/*.git"))]
    assert prooflane("fleet", "scan", made / "fleet/docs", "--ledger", address).status == 0
    options = ("--ledger", address, "--template", made / "template", "--no-checks", "--json")
    parts = [
        prooflane("fleet", "plan", *options, "--shard", f"{part}/2", "--executor", "threads:1")
        for part in (1, 2)
    ]
    keys = [row["key"] for part in parts for row in part.json["repositories"]]
    assert sorted(keys) == places
    status = prooflane("fleet", "status", "--ledger", address, "--json").json
    assert [run["repository"] for run in status["plans"]] == places


def test_the_python_of_the_checks_may_be_named_from_here(plan, some, tmp_path):
    some("floating-action")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    done = plan("--json", "--python", ".venv/bin/python")
    (row,) = done.json["repositories"]
    assert (row["verdict"], row["reason"]) == ("blocked", "")


def test_a_version_that_the_named_template_has_not_is_one_sentence(plan, some, made, tmp_path):
    some("plain")
    done = plan("--to", "v9.0.0")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"error: the template '{made}/template' has no version 'v9.0.0'\n"
        "hint: its tags: v0.1.0, v0.2.0\n"
    )
    done = plan(template=tmp_path / "nowhere")
    assert done.err.startswith(f"error: there is no template at '{tmp_path}/nowhere'\n")


def test_what_to_do_about_a_repository_that_cannot_be_judged_is_said(plan, some):
    some("current")
    done = plan("--no-checks", "--to", "v0.1.0")
    assert "\nfailed (1)\n" in done.out
    assert "\n  hint: take a sync back with git revert of its commit" in done.out


def test_checks_that_cannot_run_are_said_and_block_nothing(plan, some, tmp_path):
    some("floating-action")
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    done = plan("--json", "--python", bare, "--executor", "threads:1")
    (row,) = done.json["repositories"]
    assert row["verdict"] == "clean"
    assert row["unchecked"].startswith("not run, ")
