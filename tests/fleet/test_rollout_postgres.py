"""A campaign on a ledger in PostgreSQL: the same code, the same outcome."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "forge"))
from fakeforge import World, serving
from fleet import made

from prooflane.campaign.begin import Wanted
from prooflane.campaign.revert import revert
from prooflane.campaign.rollout import roll
from prooflane.campaign.settings import Settings, Stage
from prooflane.fleet.ledger import inventory
from prooflane.fleet.ledger.database import opened


@pytest.mark.slow
def test_a_campaign_runs_on_postgresql(new_database, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-the-bot")
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    for key in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(key, raising=False)
    said = []
    wanted = Wanted("v2.0.0", None, Settings((Stage("all", (0,), soak=0),)))
    address = new_database()
    with serving(World()) as forge, opened(address) as ledger:
        monkeypatch.setenv("GITHUB_API_URL", forge.github)
        fleet = made(tmp_path, forge, tmp_path)
        rows = [fleet.add(f"acme/r{number}") for number in range(3)]
        with ledger.writing() as connection:
            inventory.keep(connection, rows)
        for _ in range(2):
            done = roll(ledger, wanted, said.append)
        assert [run.state for run in done.runs] == ["published"] * 3
        assert (done.status, len(forge.world.written)) == (0, 3)
        back = revert(ledger, None, "all", "try", said.append)
        assert [run.state for run in back.runs] == ["declined"] * 3
