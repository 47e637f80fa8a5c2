"""A tier-4 repository whose acts Ada and Grace may agree to, and people with real keys."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import copies
import pytest

from controls import manifest as manifests
from controls.action import consent, effect, files, proposal, tools, trail
from controls.action.proposal import Action
from controls.audit import entry, read, writer
from controls.audit.entry import Act
from controls.run import Run, start

ARGUMENTS = {"workspace": "acme", "setting": "two_factor_required", "value": True}
ACME = "workspaces/acme.json"
NEEDED = (
    ".gitignore",
    ".copier-answers.yml",
    "ai-workflow.yaml",
    "controls/catalogue.yaml",
    "controls/policy",
    "controls/schema",
    "policy",
    "prompts",
    "workflow",
    "workspaces",
)

Propose = Callable[..., Action]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ada", "grace", "mallory"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name} at work"]
        subprocess.run([*command, "-f", folder / name], check=True)
    return folder


def git(root: Path, *words: str) -> None:
    """Let git do something, as Linus."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    who = ("-c", "user.name=Linus", "-c", "user.email=linus@example.com")
    subprocess.run(["git", *who, *words], cwd=root, env=env, check=True)


def commit_all(root: Path, message: str) -> None:
    """Commit the whole work tree."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message, "--no-verify")


def name_people(root: Path, *people: tuple[str, str, str]) -> None:
    """Name people, as (name, handle, public key), for the only role of tier 4."""
    named = [{"name": name, "handle": handle, "key": key} for name, handle, key in people]
    path = root / "ai-workflow.yaml"
    text = path.read_text()
    assert "principals: []" in text
    path.write_text(text.replace("principals: []", f"principals: {json.dumps(named)}", 1))


def rename(root: Path, *people: tuple[str, str, str]) -> None:
    """Name other people than Ada and Grace."""
    path = root / "ai-workflow.yaml"
    path.write_text(re.sub(r"principals: \[\{.*\}\]", "principals: []", path.read_text()))
    name_people(root, *people)


def public(keys: Path, name: str) -> str:
    return (keys / f"{name}.pub").read_text().strip()


@pytest.fixture(scope="session")
def governed(
    rendered: Callable[..., Path], keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a tier-4 repository, without what acts do not need, that names Ada and Grace."""
    made = tmp_path_factory.mktemp("governed") / "repository"
    whole = rendered(tier=4)
    for name in NEEDED:
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (whole / name).is_dir() else shutil.copy2
        copy(whole / name, made / name)
    name_people(
        made, ("Ada", "@ada", public(keys, "ada")), ("Grace", "@grace", public(keys, "grace"))
    )
    git(made, "init", "--quiet", "--initial-branch=main")
    commit_all(made, "Name who agrees to acts")
    return made


@pytest.fixture
def root(governed: Path, tmp_path: Path) -> Path:
    """Return a copy of the repository whose last commit names Ada and Grace."""
    return copies.copy(governed, tmp_path / "repository")


@pytest.fixture
def run(root: Path) -> Iterator[Run]:
    """Return an open run in the repository."""
    with start(root, feature="tests", user="linus", workspace="tests", data="internal") as opened:
        yield opened
        opened.trail.outcome = "answered"


@pytest.fixture
def propose(root: Path) -> Propose:
    """Return `propose(**other)`, which keeps the act of switching two-factor on at Acme.

    The tool does not run, so no sandbox is needed; `other` are fields that differ.
    """

    def keep(**other: object) -> Action:
        allowed = tools.load(root)
        tool = allowed.get("change_setting")
        before = files.read(root, tool.writes)
        after = {**before, ACME: before[ACME].replace(b'required": false', b'required": true')}
        action = Action(
            repository=manifests.load(root).name,
            tool=tool.name,
            arguments=ARGUMENTS,
            rules=tool.sha256(root, allowed.limits),
            before=files.sha256(before),
            changes=files.changes(before, after),
            run="",
            expires=proposal.moment(datetime.now(UTC), 1),
            nonce=proposal.nonce(),
        )
        action = replace(action, **other)
        proposal.keep(root, action)
        effect.keep(root, action, after)
        writer.append(root, Act(trail.PROPOSED, "internal", {"action": action.digest}))
        return action

    return keep


@pytest.fixture
def agreed(root: Path, keys: Path, propose: Propose) -> Callable[..., Action]:
    """Return `agreed(**other)`, which proposes the act, and Ada and Grace agree to it."""

    def sign(**other: object) -> Action:
        action = propose(**other)
        for name in ("ada", "grace"):
            consent.sign(root, action, keys / name, action.expires)
        return action

    return sign


def entries(root: Path, kind: str) -> list[entry.Entry]:
    """Return the entries of `kind` in the audit trail."""
    if not read.exists(root):
        return []
    with read.snapshot(root) as seen:
        return [each for each in map(entry.parse, read.lines(seen)) if each.kind == kind]


def acme(root: Path) -> dict[str, bool]:
    """Return the settings of Acme."""
    found: dict[str, bool] = json.loads((root / ACME).read_text())
    return found
