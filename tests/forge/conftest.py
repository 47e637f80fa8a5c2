"""A forge of our own for each test, and git without the machine's settings."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fakeforge import Forge, World, serving
from fleet import Fleet, made

from prooflane.cli import main

IDENTITY = "[user]\n\tname = Ada\n\temail = ada@example.com\n"


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(IDENTITY)
    for key in [key for key in os.environ if key.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(key)
    for key in ("GITHUB_TOKEN", "GITLAB_TOKEN", "http_proxy", "HTTP_PROXY", "https_proxy"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")


@pytest.fixture
def git() -> Callable[..., str]:
    """Return a function that runs git in a folder and gives what it printed."""

    def run(root: Path, *args: str) -> str:
        command = ["git", "-c", "safe.bareRepository=all", "-C", str(root), *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    return run


@pytest.fixture
def forge() -> Iterator[Forge]:
    """Return a running forge that holds nothing yet."""
    with serving(World()) as running:
        yield running


@pytest.fixture
def bare(tmp_path: Path, git: Callable[..., str]) -> Callable[..., Path]:
    """Return a function that makes a bare repository with the given files in one commit."""

    def make(name: str = "project", **files: str) -> Path:
        root = tmp_path / "made" / name
        root.mkdir(parents=True)
        git(root, "init", "--quiet", "--initial-branch=main")
        for path, text in (files or {"README.md": "hello\n"}).items():
            (root / path).write_text(text)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", "Start")
        target = tmp_path / "bare" / f"{name}.git"
        git(tmp_path, "clone", "--quiet", "--bare", str(root), str(target))
        return target

    return make


@pytest.fixture
def fleet(tmp_path: Path, forge: Forge, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Return an empty fleet on the fake forge, whose token is in the environment."""
    monkeypatch.setenv("GITHUB_API_URL", forge.github)
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-the-bot")
    return made(tmp_path, forge, tmp_path / "home")


@pytest.fixture
def prooflane(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Callable[..., SimpleNamespace]:
    """Return a function that runs a verb of `fleet` in this process, on the fleet's ledger."""

    def run(verb: str, *args: object) -> SimpleNamespace:
        capsys.readouterr()
        words = ["fleet", verb, *map(str, args), "--ledger", str(fleet.ledger)]
        handler = signal.getsignal(signal.SIGTERM)
        status = main(words)
        signal.signal(signal.SIGTERM, handler)
        out, err = capsys.readouterr()
        return SimpleNamespace(status=status, out=out, err=err)

    return run
