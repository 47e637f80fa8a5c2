"""`fleet status` and `fleet report`: what the ledger knows, in the terminal and on a page."""

import sys
from pathlib import Path

import pytest

from prooflane.fleet.ledger import campaigns, inventory, runs, waivers
from prooflane.fleet.ledger.campaigns import Campaign, Wave
from prooflane.fleet.ledger.database import opened
from prooflane.fleet.ledger.inventory import Held
from prooflane.fleet.ledger.runs import Run
from prooflane.fleet.ledger.waivers import Waiver
from prooflane.fleet.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1] / "template"))
from chromium import needed, tab

HELP, FAQ = "github.com/acme/help", "github.com/acme/<faq>"


@pytest.fixture
def known(address):
    """Return a ledger of two repositories, counted on two days, in the middle of a campaign."""
    with opened(address) as ledger, ledger.writing() as connection:
        both = [
            Repository(HELP, tier=1, team="support", owner="@ada", version="v1.0.0"),
            Repository(FAQ, tier=0, team="docs", version="v2.0.0"),
            Repository("github.com/acme/lost", state="unreachable", reason="it does not answer"),
        ]
        inventory.keep(connection, both)
        old = {key: [Held(key, "EVL-1", "v1.0.0", "current")] for key in (HELP, FAQ)}
        inventory.keep_controls(connection, old, 1.0)
        inventory.count(connection, "2026-11-01")
        new = {HELP: [Held(HELP, "EVL-1", "v1.0.0", "held")]}
        new[FAQ] = [Held(FAQ, "EVL-1", "v2.0.0", "current")]
        inventory.keep_controls(connection, new, 2.0)
        inventory.count(connection, "2026-11-08")
        waivers.keep(connection, [Waiver(HELP, "EVL-1", "2001-01-01", "the season", "@ada")])
        campaigns.keep(connection, Campaign("c1", "t", "v2.0.0", "abc", "paused", "1 red check"))
        campaigns.keep_waves(connection, [Wave("c1", 0, "volunteers", "running")])
        red = Run(HELP, "sync", "proposed", "c1", 0, pull="https://forge/1", data={"checks": "red"})
        conflict = Run(HELP, "plan", "conflict", before="v1.0.0", after="v2.0.0")
        undone = Run(FAQ, "sync", "failed", "c1", 0, reason="it protects its branches")
        back = Run(HELP, "revert", "published", "c1", 0)
        runs.keep(connection, [red, undone, back])
        runs.keep(connection, [conflict])
    return address


def test_the_terminal_says_who_holds_what_and_what_needs_a_person(prooflane, known):
    done = prooflane("fleet", "status", "--ledger", known)
    assert done.status == 0, done.err
    assert done.out == (
        "2 repositories, 1 at v2.0.0\n\n"
        "tier 0     1 at v2.0.0\n"
        "tier 1     1 at v1.0.0\n\n"
        "controls   EVL-1  1 held, 1 at v2.0.0\n\n"
        "campaign   c1 to v2.0.0 paused: 1 red check\n"
        "           volunteers running: 1 failed, 1 proposed\n\n"
        f"red CI (1)\n  {HELP} https://forge/1\n\n"
        f"not done (1)\n  {FAQ} it protects its branches\n\n"
        f"waivers that end (1)\n  {HELP} EVL-1 ended 2001-01-01 · @ada\n\n"
        "unreachable (1)\n  github.com/acme/lost: it does not answer\n"
    )


def test_the_data_holds_the_same(prooflane, known, documented):
    said = prooflane("fleet", "status", "--ledger", known, "--json").json
    found = documented(said, "fleet_status")
    assert found["newest"] == "v2.0.0"
    assert found["by_control"] == {"EVL-1": {"held": 1, "v2.0.0": 1}}
    assert [row["day"] for row in found["adoption"]] == ["2026-11-01"] * 2 + ["2026-11-08"] * 2
    red = [row["repository"] for row in found["campaigns"][0]["runs"] if row["data"]]
    assert red == [HELP]
    assert prooflane("fleet", "report", "--ledger", known, "--json").json == found


@needed
def test_the_page_is_whole_and_fits_a_phone_in_a_real_browser(prooflane, known, tmp_path):
    assert prooflane("fleet", "report", "--ledger", known, "--html", "fleet.html").status == 0
    text = (tmp_path / "fleet.html").read_text()
    assert "<script" not in text
    assert "<faq>" not in text
    with tab(tmp_path) as page:
        for width, dark in ((390, True), (1200, False)):
            page.window(width, dark=dark)
            page.open(f"file://{tmp_path}/fleet.html")
            assert page.run("document.documentElement.scrollWidth <= innerWidth")
            for title in ("Adoption", "By tier", "By control", "Held (1)", "In conflict (1)"):
                page.shows(title)
            page.shows("EVL-1 ended 2001-01-01")
            page.shows("it protects its branches")
            # words of the drawing are as large as words beside it
            assert page.run("document.querySelectorAll('svg text').length") == 0
            assert page.run("document.querySelectorAll('polyline').length") >= 3
        assert page.said == []
