"""A template that only the forge's token may read: pull mode takes it from the same forge."""

import json

import pytest
from fakeforge import World, serving
from fleet import commit, git, trust

from prooflane.cli import main
from prooflane.forge.connect import connect

ROLLOUT = """\
waves: [{name: early, tiers: [0], soak: 1d}]
pull: {version: v2.0.0, from: 2020-01-01}
"""


@pytest.fixture
def private(fleet, forge, tmp_path, monkeypatch):
    """Put a repository on the forge whose template is a private one beside it."""
    commit(fleet.template, {"rollout.yaml": ROLLOUT})
    bare = tmp_path / "template.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(fleet.template), str(bare))
    forge.world.add("acme/template", bare)
    url = f"{forge.url}/acme/template.git"
    trust(tmp_path / "home", url)
    options = ["--template", url, "--to", "v1.0.0", "--defaults", "--no-verify", "--quiet"]
    with monkeypatch.context() as patch:
        for key, value in connect("github").credentials().items():
            patch.setenv(key, value)
        assert main(["new", str(tmp_path / "help"), *options]) == 0
    git(tmp_path, "clone", "--quiet", "--bare", "help", "help.git")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))
    return forge.world.add("acme/help", tmp_path / "help.git")


def test_pull_mode_reads_it_with_the_token_of_the_job(private, tmp_path, capsys):
    status = main(["fleet", "pull", "github:acme/help", "--quiet", "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    assert json.loads(out)["came"] == "proposed"
    (pull,) = private.pulls
    assert git(private.bare, "show", f"{pull.source}:controls/log.py") == "LEVEL = 2"
    (kept,) = (tmp_path / "another machine/prooflane/templates").glob("url-*.git")
    assert "extraheader" not in (kept / "config").read_text().lower()


def test_the_token_is_sent_to_no_other_host(private, fleet, tmp_path, capsys):
    with serving(World()) as other:
        trust(tmp_path / "home", f"{other.url}/acme/template.git")
        answers = git(private.bare, "show", "main:.copier-answers.yml")
        elsewhere = answers.replace(fleet.forge.url, other.url) + "\n"
        fleet.change(private.bare, {".copier-answers.yml": elsewhere})
        assert main(["fleet", "pull", "github:acme/help", "--quiet"]) == 2
        assert "cannot be cloned: could not read Username" in capsys.readouterr().err
        assert other.world.seen_tokens == {""}
