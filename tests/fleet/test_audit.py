"""`prooflane audit who-touched`: one question to all trace stores; none is left out silently."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "template/audit"))
from touching import head_of, record, span


@pytest.fixture
def checkouts(made, tmp_path):
    """Return two checkouts with traces, one without, and a ledger's list of them."""
    places = []
    for name, kind in (("help", "plain"), ("faq", "edited"), ("quiet", "own-files")):
        bare = next(made.glob(f"fleet/*/*-{kind}.git"))
        place = tmp_path / "all" / name
        command = ["git", "clone", "--quiet", str(bare), str(place)]
        subprocess.run(command, check=True, env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull})
        places.append(place)
    helping, faq, _ = places
    record(helping, *(span(number, head_of(helping)) for number in range(3)))
    hostile = {"gen_ai.request.model": "x\x1b[31m"}
    record(faq, span(9, head_of(faq)), span(10, head_of(faq), **hostile))
    return places


@pytest.fixture
def ask(prooflane):
    """Return a function that asks the fleet of `fleet.db`."""
    words = ("audit", "who-touched", "--data", "personal", "--since", "2020-01-01", "--ledger")
    return lambda *more: prooflane(*words, "fleet.db", *more)


@pytest.fixture
def scanned(ledger_of, checkouts):
    """Return the checkouts, which the ledger knows."""
    ledger_of(checkouts[0].parent)
    return checkouts


def test_a_fleet_of_which_no_store_answers_is_not_said_to_be_untouched(ask, ledger_of, made):
    ledger_of(made / "fleet/docs")
    done = ask()
    assert done.status == 1
    assert done.out.startswith("nothing is known of personal data since 2020-01-01: no store ")
    assert done.out.count("no traces here\n") == len(list((made / "fleet/docs").iterdir())) - 1


def alone(place, home):
    """Return what the repository's own command answers."""
    words = ["audit", "who-touched", "--data", "personal", "--since", "2020-01-01", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "controls", *words, "--root", str(place)],
        env=home | {"PYTHONPATH": str(place)},
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)


def test_each_store_answers_as_its_own_command_does_and_the_rest_is_listed(
    ask, scanned, home, documented
):
    helping, faq, quiet = scanned
    done = ask("--json")
    assert done.status == 1
    said = {row["key"]: row["said"] for row in documented(done.json, "touched")["repositories"]}
    for place in (helping, faq):
        own = alone(place, home)
        assert said[str(place)] | {"until": ""} == own | {"until": ""}
    assert (done.json["calls"], done.json["calls_without_approval"]) == (5, 5)
    assert [row["key"] for row in done.json["silent"]] == [str(quiet)]
    assert done.json["silent"][0]["reason"] == "no traces here"
    assert done.json["silent"][0]["hint"].startswith("mount a checkout with its .aiwf/traces")


def test_the_screen_says_the_same_and_no_trace_steers_the_terminal(ask, scanned):
    done = ask()
    assert done.status == 1
    assert done.out.startswith(
        "2 models touched personal data since 2020-01-01 in 5 calls of 2 repositories, "
        "5 of them without an approval in force; 2 stores answered\n"
    )
    assert "  openai:gpt-5-mini  NO APPROVAL IN FORCE" in done.out
    assert f"code at {head_of(scanned[0])[:12]}" in done.out
    assert "\nnot asked (1)\n" in done.out
    assert "\x1b" not in done.out


def test_a_mounted_store_is_asked_by_the_key_of_its_repository(ask, scanned, tmp_path):
    mounted = tmp_path / "mounted" / str(scanned[2]).lstrip("/")
    mounted.parent.mkdir(parents=True)
    shutil.copytree(scanned[2], mounted, symlinks=True)
    record(mounted, span(1, head_of(mounted)))
    done = ask("--json", "--stores", tmp_path / "mounted")
    assert done.json["calls"] == 6
    assert done.json["silent"] == []


def test_a_class_that_there_is_not_and_an_empty_ledger_are_one_sentence(prooflane, ask):
    done = ask()
    assert done.status == 2
    assert "holds no repository\nhint: prooflane fleet scan SOURCE\n" in done.err
    done = prooflane("audit", "who-touched", "--data", "rumours")
    assert done.status == 2
    assert done.err.startswith("error: argument --data: invalid choice: 'rumours'")
