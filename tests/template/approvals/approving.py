"""People with real keys, a repository that names them, and a GitHub on the loopback."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import loopback_github
import pytest


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, kind in (("ada", "ed25519"), ("grace", "ecdsa"), ("mallory", "ed25519")):
        command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"{name} at work"]
        subprocess.run([*command, "-f", folder / name], check=True)
    return folder


@pytest.fixture
def naming(keys: Path) -> Callable[..., None]:
    """Return `naming(root, role=person, …)`, which names people in the manifest, with keys."""

    def name(root: Path, **people: str) -> None:
        path = root / "ai-workflow.yaml"
        text = path.read_text()
        for role, person in people.items():
            key = (keys / f"{person}.pub").read_text().strip()
            entry = f'[{{name: {person.title()}, handle: "@{person}", key: "{key}"}}]'
            start = text.index(f"role: {role}")
            text = text[:start] + text[start:].replace("principals: []", f"principals: {entry}", 1)
        path.write_text(text)

    return name


@pytest.fixture
def hub() -> Iterator[loopback_github.Hub]:
    with loopback_github.serving() as known:
        yield known


@pytest.fixture
def approvers(project, naming: Callable[..., None]) -> Path:
    """Return a tier-2 repository whose first commit names Ada (engineering), Grace (security)."""
    root = project(2)
    naming(root, engineering="ada", security="grace")
    commit_all(root, "Name the approvers")
    return root


def raise_to_tier_3(root: Path) -> None:
    """Make a tier-2 repository one of tier 3, with the roles of that tier."""
    manifest = root / "ai-workflow.yaml"
    text = manifest.read_text().replace("tier: 2", "tier: 3")
    for old, new in (("engineering", "legal"), ("security", "compliance")):
        text = text.replace(f"role: {old}", f"role: {new}")
    manifest.write_text(text)


def git(repo: Path, *args: str, author: str = "Linus") -> str:
    """Return what git printed; who commits is nobody who approves, unless a test says so."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    email = f"{author.lower()}@example.com"
    identity = ("-c", f"user.name={author}", "-c", f"user.email={email}")
    done = subprocess.run(
        ["git", *identity, *args], cwd=repo, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit_all(repo: Path, message: str, author: str = "Linus") -> str:
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--no-verify", "--message", message, author=author)
    return git(repo, "rev-parse", "HEAD")
