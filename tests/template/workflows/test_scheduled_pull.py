"""Pull mode as the scheduled job runs it: its very script, prooflane itself, a forge over HTTP."""

import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "forge"))
import gitlab_ci
from fakeforge import World, serving
from fleet import Fleet, commit, git, made

pytestmark = pytest.mark.slow

NAME, TOKEN = "acme/help", "token-of-the-bot"
VERSION = "prooflane[fleet]==1.2.3"
ROLLOUT = """\
waves: [{name: early, tiers: [0], soak: 1d}]
pull: {version: v2.0.0, from: %s}
"""
COMMAND = """\
import site
site.addsitedir(%r)
from prooflane.cli import main
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a fleet of one repository on a forge, and nothing of this machine's settings."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    monkeypatch.setenv("HOME", str(home))
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "GITHUB_API_URL", "GITLAB_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel(tmp_path / "wheels")))
    with serving(World()) as forge:
        fleet = made(tmp_path, forge, home)
        fleet.add(NAME)
        (home / ".config/prooflane/config.yaml").unlink()  # the job writes its own
        yield fleet


def wheel(folder: Path) -> Path:
    """Write a wheel called prooflane whose command is the prooflane of this very tree."""
    folder.mkdir()
    info = "prooflane-1.2.3.dist-info"
    files = {
        "from_this_tree.py": COMMAND % sysconfig.get_path("purelib"),
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: prooflane\nVersion: 1.2.3\n"
        "Provides-Extra: fleet\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nprooflane = from_this_tree:main\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / "prooflane-1.2.3-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return folder


@pytest.fixture
def on_github(site, project, forge, tmp_path, monkeypatch):
    """Return a function that runs GitHub's job once: its result and log."""
    monkeypatch.setenv("GITHUB_API_URL", site.forge.github)
    root = project(0)

    def run(source: str) -> tuple[str, str]:
        known = {"vars.TEMPLATE_SYNC": VERSION, "vars.TEMPLATE_SOURCE": source}
        known |= {"github.repository": NAME, "secrets.TEMPLATE_SYNC_TOKEN": TOKEN}
        done = forge(root, "template-sync", **known)["propose"]
        (tmp_path / "job propose").rename(tmp_path / f"machine {len(list(tmp_path.iterdir()))}")
        return {"success": "success", "failure": "failed"}[done.result], done.log

    return run


@pytest.fixture
def on_gitlab(site, project, tmp_path):
    """Return a function that runs GitLab's job once: its result and log."""
    root = project(0, ci="gitlab")

    def run(source: str) -> tuple[str, str]:
        known = {"TEMPLATE_SYNC": VERSION, "TEMPLATE_SOURCE": source, "GITLAB_TOKEN": TOKEN}
        known |= {"CI_PROJECT_PATH": NAME, "CI_SERVER_URL": site.forge.gitlab}
        machine = tmp_path / f"machine {len(list(tmp_path.iterdir()))}"
        return gitlab_ci.run(root, "propose", machine, **known)

    return run


@pytest.fixture(params=["on_github", "on_gitlab"])
def job(request):
    """Return the scheduled job of each forge in turn."""
    return request.getfixturevalue(request.param)


def pulls(site: Fleet) -> list[str]:
    repository = site.forge.world.repositories[NAME]
    return [
        git(repository.bare, "show", f"{pull.source}:controls/log.py") for pull in repository.pulls
    ]


def test_the_job_waits_for_its_wave_and_then_opens_one_pull_request(job, site):
    commit(site.template, {"rollout.yaml": ROLLOUT % "2126-01-01"})
    status, log = job(str(site.template))
    assert status == "success", log
    assert "not yet: wave 'early' of v2.0.0 opens 2126-01-01" in log
    assert (pulls(site), site.forge.world.written) == ([], [])
    commit(site.template, {"rollout.yaml": ROLLOUT % "2020-01-01"})
    for _ in range(2):
        status, log = job(str(site.template))
        assert status == "success", log
        assert f"{NAME}: v2.0.0 in wave 'early': {site.forge.url}/{NAME}/" in log
        assert TOKEN not in log
    assert pulls(site) == ["LEVEL = 2"]
