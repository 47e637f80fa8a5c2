"""The command as a person runs it: a process, with a home of its own and real git."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import copies
import pytest
import warm

ROOT = Path(__file__).parents[2]
MINIMAL = {
    "copier.yml": "_subdirectory: template\nname: {type: str, default: demo}\n",
    "template/README.md.jinja": "# {{ name }}\n",
    "template/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n",
}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a fresh machine whose git knows its user."""
    home = tmp_path / "home"
    home.mkdir()
    config = "[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n"
    (home / ".gitconfig").write_text(config)
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "TERM") if key in os.environ}
    return kept | {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "COPIER_CACHE_DIR": str(home / "copier"),
        "GIT_CONFIG_SYSTEM": os.devnull,
        "PYTHONPATH": str(ROOT / "generator"),
    }


@pytest.fixture
def prooflane(environment: dict[str, str], tmp_path: Path) -> Callable[..., Done]:
    """Return a function that runs `prooflane` in `tmp_path` and gives status and output."""

    def run(*args: object, cwd: Path = tmp_path, **env: str) -> Done:
        words, variables = [str(arg) for arg in args], {**environment, **env}
        if not any(name.startswith("PYTHON") for name in env):
            done = warm.run("prooflane", *words, cwd=cwd, env=variables)
            return Done(done.returncode, done.stdout, done.stderr)
        done = subprocess.run(
            [sys.executable, "-m", "prooflane", *words],
            cwd=cwd,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
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


@pytest.fixture(scope="session")
def pristine(template_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of tier 2 that `prooflane new` made of a tagged copy of our template."""
    target = tmp_path_factory.mktemp("pristine") / "made"
    names = {"GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.com"}
    names |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in names.items()}
    command = [sys.executable, "-m", "prooflane", "new", str(target), "--defaults", "--no-verify"]
    options = ["--tier", "2", "--template", str(template_source)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "generator"), **names}
    subprocess.run([*command, *options], env=env, check=True, capture_output=True)
    return target


@pytest.fixture
def governed(pristine: Path, tmp_path: Path) -> Path:
    """Return a copy of that repository, in the folder `made`."""
    return copies.copy(pristine, tmp_path / "made")


@pytest.fixture
def template(tmp_path: Path, git: Callable[..., str]) -> Callable[..., Path]:
    """Return a function that makes a tagged template of a few files; a `Path` value is a link."""

    def make(
        files: Mapping[str, str | bytes | Path] = MINIMAL,
        *,
        tag: str | None = "v1.0.0",
        name: str = "source",
        executable: tuple[str, ...] = (),
    ) -> Path:
        root = tmp_path / name
        build_tree(root, files)
        for path in executable:
            (root / path).chmod(0o755)
        git(root, "init", "--quiet", "--initial-branch=main")
        git(root, "add", "--all", "--force")
        git(root, "commit", "--quiet", "--message", "Template")
        if tag:
            git(root, "tag", tag)
        return root

    return make


def build_tree(root: Path, files: Mapping[str, str | bytes | Path]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")


def tree_of(root: Path) -> dict[str, tuple[str, bytes]]:
    """Return what git would store of the files below `root`: kind and content by path."""
    found: dict[str, tuple[str, bytes]] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if name.parts[0] == ".git":
            continue
        if path.is_symlink():
            found[str(name)] = ("link", os.fsencode(path.readlink()))
        elif path.is_file():
            kind = "executable" if path.stat().st_mode & 0o100 else "file"
            found[str(name)] = (kind, path.read_bytes())
    return found


@pytest.fixture
def listing() -> Callable[[Path], dict[str, tuple[str, bytes]]]:
    """Return the function that lists a folder as git would store it."""
    return tree_of
