"""Real repositories for the tests: rendered once per set of answers, copied for each test."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import copier
import pytest

ROOT = Path(__file__).parents[1]
TEMPLATE = ("copier.yml", "template")
IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}

Project = Callable[..., Path]


def git(repo: Path, *args: str) -> str:
    """Return what git printed in `repo`, run without the machine's configuration."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | IDENTITY
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(repo), *args], env=env, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit_all(repo: Path, message: str) -> str:
    """Commit the whole work tree of `repo` and return the commit's id."""
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--no-verify", "--message", message)
    return git(repo, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="session")
def template_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tagged git repository holding the template as it lies in the work tree."""
    source = tmp_path_factory.mktemp("template")
    for name in TEMPLATE:
        origin = ROOT / name
        if origin.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".pytest_cache")
            shutil.copytree(origin, source / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy2(origin, source / name)
    git(source, "init", "--quiet", "--initial-branch=main")
    commit_all(source, "Template")
    git(source, "tag", "v0.1.0")
    return source


@pytest.fixture(scope="session")
def rendered(
    template_source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Return a function that renders a set of answers once and gives the pristine tree."""
    made: dict[tuple[tuple[str, object], ...], Path] = {}

    def render(**answers: object) -> Path:
        key = tuple(sorted(answers.items()))
        if key not in made:
            target = tmp_path_factory.mktemp("rendered") / "project"
            copier.run_copy(
                str(template_source), target, data=answers, defaults=True, quiet=True
            )
            git(target, "init", "--quiet", "--initial-branch=main")
            commit_all(target, "Start")
            made[key] = target
        return made[key]

    return render


@pytest.fixture
def project(rendered: Callable[..., Path], tmp_path: Path) -> Project:
    """Return a function `project(tier, **answers)` that gives a fresh, committed repository."""

    def fresh(tier: int = 2, **answers: object) -> Path:
        target = tmp_path / f"tier-{tier}"
        shutil.copytree(rendered(tier=tier, **answers), target, symlinks=True)
        return target

    return fresh
