"""`prooflane sync` beside `copier update`: the same repository, the same two releases, in one run.

Both start cold, each from packages whose bytecode is compiled, on fresh copies of a tier-2
repository made from our own template. Fails when the peer did not run, when the files differ, or
when ours takes more than a fifth as long.
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
RUNS = 7
LIMIT = 0.2
WHO = ("-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.com")
OWN = ("decisions", ".prooflane.lock")


def main() -> int:
    """Print the figures and return 1 when the promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = isolated(scratch)
        template = released(scratch / "template")
        pristine = made(template, scratch / "pristine", env)
        ours = [sys.executable, "-m", "prooflane", "sync", "--quiet", "--template", str(template)]
        theirs = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
        pairs = []
        for run in range(RUNS + 1):
            mine, other = (
                copied(pristine, scratch / f"{side}-{run}") for side in ("ours", "theirs")
            )
            pairs.append((timed(ours, mine, env), timed(theirs, other, env)))
            refuse_different(mine, other)
        refuse_uncompiled(scratch)
        files = len(git(pristine, "ls-files").splitlines())
    return report(pairs[1:], files)


def isolated(scratch: Path) -> dict[str, str]:
    """Return an environment whose first run writes the bytecode that every later one reads."""
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GIT_"))
    }
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
    for package in ("prooflane/sync", "copier", "jinja2"):
        if not any(f"/{package}/" in str(path) for path in found):
            raise SystemExit(f"no bytecode of {package} was written")


def git(folder: Path, *args: str) -> str:
    """Return what git prints in `folder`."""
    command = ["git", "-C", str(folder), *WHO, *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def released(target: Path) -> Path:
    """Return the template of this checkout as a repository with two releases."""
    target.mkdir()
    shutil.copy2(ROOT / "copier.yml", target)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "template", target / "template", symlinks=True, ignore=ignored)
    git(target, "init", "--quiet", "--initial-branch=main")
    tagged(target, "v0.1.0")
    for name in ("README.md.jinja", "controls/ask.py", "pyproject.toml.jinja"):
        with (target / "template" / name).open("a") as file:
            file.write("\n# One line more in the next release\n")
    tagged(target, "v0.2.0")
    return target


def tagged(target: Path, version: str) -> None:
    """Commit all of `target` as `version`."""
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--message", version)
    git(target, "tag", version)


def made(template: Path, target: Path, env: dict[str, str]) -> Path:
    """Return a tier-2 repository at the first release, with an edit of its owner's."""
    command = [sys.executable, "-m", "prooflane", "new", str(target), "--template", str(template)]
    options = ["--to", "v0.1.0", "--tier", "2", "--defaults", "--no-verify", "--quiet"]
    subprocess.run([*command, *options], env=env, check=True)
    prompt = target / "prompts/answer.md"
    prompt.write_text(f"{prompt.read_text()}\nBe brief.\n")
    git(target, "commit", "--quiet", "--all", "--message", "Edit")
    return target


def copied(pristine: Path, target: Path) -> Path:
    """Return a fresh copy whose index git has seen."""
    shutil.copytree(pristine, target / "project", symlinks=True)
    git(target / "project", "status", "--short")
    return target / "project"


def timed(command: list[str], folder: Path, env: dict[str, str]) -> float:
    """Return how many seconds `command` takes in `folder`.

    Raises:
        SystemExit: when it fails, for then there is nothing to compare.
    """
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return taken


def refuse_different(mine: Path, other: Path) -> None:
    """Return when both made the same files, but for the records that only a sync writes.

    Raises:
        SystemExit: when they did not, for then a faster one proves nothing.
    """
    ignored = [f"--exclude={name}" for name in (".git", *OWN)]
    done = subprocess.run(["diff", "-r", *ignored, mine, other], capture_output=True, check=False)
    changed = git(other, "status", "--short").splitlines()
    if done.returncode or len(changed) < 4:
        raise SystemExit(f"the two made different files:\n{done.stdout.decode()}{changed}")


def report(pairs: list[tuple[float, float]], files: int) -> int:
    """Print medians and the median of the paired ratios; return 1 when that is above the limit."""
    ours, theirs = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = statistics.median(first / second for first, second in pairs)
    print(f"repository of {files} files, cold processes, bytecode compiled on both sides,")
    print(f"median of {len(pairs)} paired runs after one to warm up:")
    print(f"  prooflane sync  {ours:6.0f} ms (with lock, decision record and journal)")
    print(f"  copier update   {theirs:6.0f} ms")
    print(f"  ratio {ratio:.3f}, at most {LIMIT}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
