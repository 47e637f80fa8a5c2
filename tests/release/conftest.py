"""A platform team's own small template, whose controls really run, and keys that really sign."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import warm

sys.path.insert(0, str(Path(__file__).parent))
from forks import FIRST

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a fresh machine whose git knows its user."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
    return kept | {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "PYTHONPATH": str(ROOT / "generator"),
    }


@pytest.fixture
def prooflane(environment: dict[str, str], tmp_path: Path) -> Callable[..., Done]:
    """Return a function that runs `prooflane` in `tmp_path` and gives status and output."""

    def run(*args: object, cwd: Path = tmp_path, expected: int | None = None) -> Done:
        done = warm.run("prooflane", *map(str, args), cwd=cwd, env=environment)
        assert expected in {None, done.returncode}, done.stdout + done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def git(environment: dict[str, str]) -> Callable[..., str]:
    """Return a function that runs git in a folder and gives what it printed."""

    def run(folder: Path, *args: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *args],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def commit(git) -> Callable[..., None]:
    """Return a function that writes files (None removes one), commits them, and may tag that."""

    def run(root: Path, files: Mapping[str, str | None], tag: str = "") -> None:
        for name, text in files.items():
            path = root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        git(root, "add", "--all", "--force")
        git(root, "commit", "--quiet", "--message", tag or "Edit")
        if tag:
            git(root, "tag", tag)

    return run


@pytest.fixture
def fork(tmp_path, git, commit) -> Path:
    """Return the template of a platform team, released as v1.0.0."""
    root = tmp_path / "fork"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, FIRST, "v1.0.0")
    return root


@pytest.fixture
def key(tmp_path) -> Path:
    """Return a key of ada's, whom the user lists as a signer."""
    path = tmp_path / "home/ada"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(path)]
    subprocess.run(command, check=True)
    settings = tmp_path / "home/.config/prooflane"
    settings.mkdir(parents=True)
    (settings / "config.yaml").write_text(f"templates: [{tmp_path!s}/]\nsigners: signers\n")
    public = path.with_suffix(".pub").read_text()
    (settings / "signers").write_text(f"ada@example.com {public}")
    return path


@pytest.fixture
def checked(prooflane, fork):
    """Return a function that checks the fork's HEAD, and gives status and data."""

    def run(*args: object):
        import json  # noqa: PLC0415 - here only

        done = prooflane("release", "check", "--json", *args, cwd=fork)
        return done.status, json.loads(done.out) if done.out else done.err

    return run


@pytest.fixture
def changed(fork, commit) -> Callable[..., Path]:
    """Return a function that commits other files to the fork, and gives it."""

    def run(files: Mapping[str, str | None]) -> Path:
        commit(fork, files)
        return fork

    return run


@pytest.fixture
def cuts(prooflane, fork, key) -> Callable[..., Done]:
    """Return a function that cuts a version of the fork."""

    def run(version: str, *args: object, **more: int) -> Done:
        return prooflane("release", "cut", version, "--key", key, *args, cwd=fork, **more)

    return run
