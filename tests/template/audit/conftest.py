"""A trail in a folder of its own, and processes that write to it."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import warm

from controls.audit import writer
from controls.audit.entry import Act, Receipt

sys.path.insert(0, str(Path(__file__).parent))
TEMPLATE = Path(__file__).parents[3] / "template"
PROGRAM = """
import os, sys
from pathlib import Path
sys.path.insert(0, {template!r})
from controls.audit import writer
from controls.audit.entry import Act
from controls.errors import ControlsError
root = Path({root!r})
{body}
"""

Append = Callable[..., Receipt]


@pytest.fixture
def append(tmp_path: Path) -> Append:
    """Return a function that appends an entry to the trail below `tmp_path`."""

    def write(number: int = 0, *, sync: bool = False, **more: object) -> Receipt:
        values = {"kind": "call", "classification": "personal", "facts": {"n": number}} | more
        return writer.append(tmp_path, Act(**values), sync=sync)

    return write


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """Return the folder that holds the trail below `tmp_path`."""
    return tmp_path / ".aiwf/audit"


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Return a function that starts a process which has `writer`, `Act` and `root`."""

    def start(body: str, **more: object) -> subprocess.Popen[bytes]:
        text = PROGRAM.format(
            template=str(TEMPLATE), root=str(tmp_path), body=textwrap.dedent(body)
        )
        return subprocess.Popen([sys.executable, "-c", text], **more)

    return start


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the SSH keys of Ada, Grace and Mallory."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ada", "grace", "mallory"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name} at work"]
        subprocess.run([*command, "-f", folder / name], check=True)
    return folder


@pytest.fixture
def root(project: Callable[..., Path], keys: Path) -> Path:
    """Return a tier-2 repository in which Ada (engineering) and Grace (security) are named."""
    made = project(2)
    path = made / "ai-workflow.yaml"
    text = path.read_text()
    for name in ("ada", "grace"):
        key = (keys / f"{name}.pub").read_text().strip()
        person = f'[{{name: {name.title()}, handle: "@{name}", key: "{key}"}}]'
        text = text.replace("principals: []", f"principals: {person}", 1)
    path.write_text(text)
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.com")):
        subprocess.run(["git", "config", name, value], cwd=made, check=True)
    _commit(made, "Name the approvers")
    return made


def _commit(root: Path, message: str) -> None:
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", message, "--no-verify"], cwd=root, check=True)


@pytest.fixture
def controls(root: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Return a function that runs `python -m controls` in the repository."""

    def run(*args: object) -> "subprocess.CompletedProcess[str]":
        return warm.run("controls", *map(str, args), cwd=root)

    return run


@pytest.fixture
def approved(root: Path, keys: Path) -> tuple[Path, str, list[str]]:
    """Return a repository whose tree both roles have signed, the commit, and its two statements."""
    from touching import commit, sign  # noqa: PLC0415  it lies beside this file

    files = [sign(root, keys / "ada", "engineering"), sign(root, keys / "grace", "security")]
    return root, commit(root, "Approve"), files
