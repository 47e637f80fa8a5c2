"""`prooflane new` beside `copier copy`: the same template, the same answers, in one run.

Both start cold, each from packages whose bytecode is compiled. Ours also makes a repository and its
first commit, which Copier leaves to the user. Fails when the peer did not run, when the files
differ, or when ours takes more than half as long.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RUNS = 9
LIMIT = 0.5
IDENTITY = ("-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.com")


def main() -> int:
    """Print the figures and return 1 when the promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = isolated(scratch)
        template = tagged_template(scratch / "template")
        ours = [sys.executable, "-m", "prooflane", "new", "--defaults", "--no-verify", "--quiet"]
        theirs = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet"]
        pairs = []
        for run in range(RUNS + 1):
            mine, other = scratch / f"ours-{run}/project", scratch / f"theirs-{run}/project"
            first = timed([*ours, "--template", str(template), str(mine)], env)
            second = timed([*theirs, str(template), str(other)], env)
            refuse_different(mine, other)
            pairs.append((first, second))
        refuse_uncompiled(scratch)
        files = sum(path.is_file() for path in (template / "template").rglob("*"))
    return report(pairs[1:], files)


def isolated(scratch: Path) -> dict[str, str]:
    """Return an environment whose first run writes the bytecode that every later one reads."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env |= {"PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}
    env |= {"PYTHONPATH": str(ROOT / "generator")}
    env |= {"HOME": str(scratch), "COPIER_CACHE_DIR": str(scratch / "copier")}
    env |= {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
    return env | {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}


def refuse_uncompiled(scratch: Path) -> None:
    """Return when both sides have bytecode.

    Raises:
        SystemExit: when one has not, for then it times the compiler.
    """
    found = [*(scratch / "bytecode").rglob("*.pyc")]
    for package in ("prooflane/cli", "copier", "jinja2"):
        if not any(f"/{package}/" in str(path) for path in found):
            raise SystemExit(f"no bytecode of {package} was written")


def tagged_template(target: Path) -> Path:
    """Return the template of this checkout, as it lies here, as a tagged repository."""
    target.mkdir()
    shutil.copy2(ROOT / "copier.yml", target)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "template", target / "template", symlinks=True, ignore=ignored)
    for command in (
        ("init", "--quiet"),
        ("add", "--all"),
        (*IDENTITY, "commit", "-qm", "Template"),
        ("tag", "v0.1.0"),
    ):
        subprocess.run(["git", "-C", str(target), *command], check=True)
    return target


def timed(command: list[str], env: dict[str, str]) -> float:
    """Return how many seconds `command` takes.

    Raises:
        SystemExit: when it fails, for then there is nothing to compare.
    """
    started = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return taken


def refuse_different(mine: Path, other: Path) -> None:
    """Return when both made the same files.

    Raises:
        SystemExit: when they did not, for then a faster one proves nothing.
    """
    ignored = ["--exclude=.git", "--exclude=.prooflane.lock"]
    done = subprocess.run(["diff", "-r", *ignored, mine, other], capture_output=True, check=False)
    if done.returncode or not any(other.rglob("*")):
        raise SystemExit(f"the two made different files:\n{done.stdout.decode()}")


def report(pairs: list[tuple[float, float]], files: int) -> int:
    """Print medians and the median of the paired ratios; return 1 when that is above the limit."""
    ours, theirs = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = statistics.median(first / second for first, second in pairs)
    print(f"template of {files} files, cold processes, bytecode compiled on both sides,")
    print(f"median of {len(pairs)} paired runs after one to warm up:")
    print(f"  prooflane new --defaults --no-verify  {ours:6.0f} ms (with git init and commit)")
    print(f"  copier copy --defaults                {theirs:6.0f} ms (files only)")
    print(f"  ratio {ratio:.2f}, at most {LIMIT}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
