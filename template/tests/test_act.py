"""What the acts of the workflow may be relied on for: proposed, agreed to by two, done, undone."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controls import git
from controls.action import consent, execute, sandbox
from controls.errors import ControlsError
from controls.run import Run, start
from workflow.act import SETTINGS, propose
from workflow.retrieval import articles

ROOT = Path(__file__).parents[1]
NOT_COPIED = shutil.ignore_patterns(".venv", ".git", ".aiwf", ".*_cache", "__pycache__")
REQUEST = "Please require two-factor authentication for the workspace acme"

sandboxed = pytest.mark.skipif(bool(sandbox.broken()), reason=sandbox.broken() or "there is one")


def key(folder: Path, name: str) -> Path:
    """Return a new SSH key."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
    subprocess.run(command, check=True)
    return folder / name


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Return the keys of two people."""
    return key(tmp_path, "ada"), key(tmp_path, "grace")


@pytest.fixture
def run(tmp_path: Path, keys: tuple[Path, Path]) -> Iterator[Run]:
    """Return a run in a copy of this repository whose last commit names two people."""
    root = Path(shutil.copytree(ROOT, tmp_path / "copy", ignore=NOT_COPIED))
    people = [
        {"name": each.stem, "handle": f"@{each.stem}", "key": each.with_suffix(".pub").read_text()}
        for each in keys
    ]
    role = {"role": "tests", "principals": people, "threshold": 1, "paths": ["*"]}
    manifest = root / "ai-workflow.yaml"
    entry = f"  approvals:\n    - {json.dumps(role)}\n"
    manifest.write_text(manifest.read_text("utf-8").replace("  approvals:", entry, 1), "utf-8")
    who = ("-c", "user.name=tests", "-c", "user.email=tests@example.com")
    git.run(root, "init", "--quiet")
    git.run(root, "add", "ai-workflow.yaml")
    git.run(root, *who, "commit", "--quiet", "--no-verify", "--message", "Name two people")
    with start(root, feature="tests", user="tests", workspace="tests") as opened:
        yield opened


def acme(run: Run) -> dict[str, bool]:
    """Return the settings of Acme in the copy."""
    found: dict[str, bool] = json.loads((run.root / "workspaces/acme.json").read_text("utf-8"))
    return found


@sandboxed
def test_a_request_is_proposed_agreed_to_done_and_rolled_back(
    run: Run, keys: tuple[Path, Path]
) -> None:
    before = acme(run)
    used = propose(REQUEST, run)
    assert used is not None
    assert used.action is not None
    assert used.action.arguments["setting"] == "two_factor_required"
    assert acme(run) == before
    for each in keys:
        consent.sign(run.root, used.action, each, used.action.expires)
    execute.execute(run, used.action.id)
    assert acme(run) == {**before, "two_factor_required": True}
    execute.roll_back(run, used.action.id, "a test")
    assert acme(run) == before


@sandboxed
def test_one_person_alone_changes_nothing(run: Run, keys: tuple[Path, Path]) -> None:
    before, used = acme(run), propose(REQUEST, run)
    assert used is not None
    assert used.action is not None
    consent.sign(run.root, used.action, keys[0], used.action.expires)
    with pytest.raises(ControlsError, match="has 1 of 2 approvals"):
        execute.execute(run, used.action.id)
    assert acme(run) == before


@pytest.mark.parametrize(
    "words", ["Require two-factor authentication", "Rename the workspace acme", "", "acme globex"]
)
def test_what_names_no_setting_or_workspace_is_not_proposed(run: Run, words: str) -> None:
    assert propose(words, run) is None


@sandboxed
@pytest.mark.parametrize(
    ("words", "setting", "value"),
    [
        ("Disable guests for globex", "guests_allowed", False),
        ("Switch single sign-on on for acme, please", "single_sign_on", True),
        ("Do not require two-factor authentication for globex", "two_factor_required", False),
    ],
)
def test_a_request_names_a_setting_and_which_way(
    run: Run, words: str, setting: str, *, value: bool
) -> None:
    used = propose(words, run)
    assert used is not None
    assert used.action is not None
    assert (used.action.arguments["setting"], used.action.arguments["value"]) == (setting, value)


def test_each_setting_is_about_an_article() -> None:
    assert set(SETTINGS) <= {article.id for article in articles()}
