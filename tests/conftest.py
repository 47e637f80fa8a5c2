"""Real repositories for the tests: rendered once per set of answers, copied for each test."""

import compileall
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from prooflane.files import EXECUTABLE, Tree
from prooflane.render import tree as renderer

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "regenerate"))
import copies
import heartbeat
import worktree

ROOT = Path(__file__).parents[1]
TEMPLATE = ("copier.yml", "template")
IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}

LONG_AGO = 1_700_000_000  # in seconds, as a file's time is kept beside its bytecode

Project = Callable[..., Path]

# thousands of small repositories are copied: in memory, where there is room and programs may run
MEMORY, ROOM = Path("/dev/shm"), 8 << 30  # noqa: S108 - pytest makes a folder of its own there
if "TMPDIR" not in os.environ and MEMORY.is_dir():
    at = os.statvfs(MEMORY)
    if at.f_bavail * at.f_frsize > ROOM and not at.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# a runner that was started in the background ignores Ctrl-C, and so would all that tests start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Tell how far a run is that several processes share."""
    heartbeat.start(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the first variant of each `sampled` test to the fast suite, others to the slow one."""
    seen = set()
    for item in items:
        if item.get_closest_marker("sampled"):
            name = item.nodeid.partition("[")[0]
            if name in seen:
                item.add_marker("slow")
            seen.add(name)


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


def write_tree(root: Path, tree: Tree) -> None:
    """Write every file of `tree` below `root`."""
    for name, file in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        path.chmod(0o755 if file.mode == EXECUTABLE else 0o644)


def compile_bytecode(root: Path) -> None:
    """Compile what each copy would compile anew, from old files: any edit changes their time."""
    for path in root.rglob("*.py"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    assert compileall.compile_dir(root / "controls", quiet=1)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def template_source(shared: Path) -> Path:
    """Return a tagged git repository holding the template as it lies in the work tree.

    All workers have the same one: what a repository is rendered from stands in its answers.
    """
    source = shared / "template-source"
    with FileLock(shared / "template-source.lock"):
        if not source.exists():
            making = shared / "template-source.making"
            _put_template(making)
            making.rename(source)
    return source


def _put_template(source: Path) -> None:
    source.mkdir()
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


@pytest.fixture(scope="session")
def rendered(template_source: Path, shared: Path) -> Callable[..., Path]:
    """Return a function that renders a set of answers once and gives the pristine tree."""

    compiled = renderer.load(worktree.files(ROOT))

    def render(**answers: object) -> Path:
        name = hashlib.sha256(repr(sorted(answers.items())).encode()).hexdigest()[:16]
        target = shared / "rendered" / name / "project"
        with FileLock(shared / "rendered.lock"):
            if not target.exists():
                # what Copier makes is the same, byte for byte: template/test_matrix.py
                origin = renderer.Origin(str(template_source), "v0.1.0")
                write_tree(target, compiled.render(compiled.answers(answers, origin)))
                git(target, "init", "--quiet", "--initial-branch=main", "--template=")
                commit_all(target, "Start")
                git(target, "repack", "-adq")  # one file to copy for each test, not hundreds
                git(target, "prune-packed", "--quiet")
        return target

    return render


@pytest.fixture(scope="session")
def compiled(rendered: Callable[..., Path], shared: Path) -> Callable[..., Path]:
    """Return a function that gives the pristine tree with the bytecode of its controls."""

    def ready(**answers: object) -> Path:
        pristine = rendered(**answers)
        target = shared / "compiled" / pristine.parent.name / pristine.name
        with FileLock(shared / "compiled.lock"):
            if not target.exists():
                compile_bytecode(copies.copy(pristine, target))
                git(target, "update-index", "--refresh")
        return target

    return ready


@pytest.fixture
def project(compiled: Callable[..., Path], tmp_path: Path) -> Project:
    """Return a function `project(tier, **answers)` that gives a fresh, committed repository."""

    def fresh(tier: int = 2, **answers: object) -> Path:
        return copies.copy(compiled(tier=tier, **answers), tmp_path / f"tier-{tier}")

    return fresh


@pytest.fixture(scope="session")
def shared_environment(rendered: Callable[..., Path], shared: Path) -> Path:
    """Return the `.venv` that `make setup` built in a fresh repository, once for all workers."""
    root = shared / "environment" / "project"
    with FileLock(shared / "environment.lock"):
        if not (root / ".venv").exists():
            copies.copy(rendered(tier=2), root)
            done = subprocess.run(
                ["make", "setup"], cwd=root, check=False, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout + done.stderr
    return root / ".venv"


@pytest.fixture(scope="session")
def environment(shared_environment: Path) -> Callable[[Path], Path]:
    """Return a function that gives a repository the shared environment, as `make setup` would."""

    def link(root: Path) -> Path:
        (root / ".venv").symlink_to(shared_environment)
        return root

    return link


@pytest.fixture(scope="session")
def offline() -> list[str]:
    """Return the words that cut a command's network; none where the machine forbids it."""
    cut = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") and not subprocess.run([*cut, "true"], check=False).returncode:
        return cut
    return []
