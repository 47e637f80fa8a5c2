"""Installs the environment: `.venv` from hash-locked files, then the pre-commit hook.

Runs on the system's Python before anything is installed: standard library only, nothing imported
from this repository. A second run with unchanged locks does nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
HERE = Path(__file__).resolve().parent
NAMED = sys.argv[1:2] if __name__ == "__main__" else []  # a gate sets up another tree than its own
ROOT = Path(NAMED[0]).resolve() if NAMED else HERE.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "setup.sha256"
LOG = VENV / "setup.log"
UV = HERE / "uv.txt"
LOCKS = (ROOT / "requirements.txt", HERE / "requirements.txt", UV)
PIP = (
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--no-input",
    "install",
    "--require-hashes",
    "-r",
)
HOOK = "hooks/pre-commit"
EVERY = 4.5


def main() -> int:
    """Set up and return the exit status: 0 done, 1 no packages, 2 this machine lacks something."""
    if lacking := lack(tuple(sys.version_info[:3]), LOCKS, venv=_has_venv()):
        return _refuse(*lacking, status=2)
    started = time.monotonic()
    if current():
        _say("the environment is up to date: .venv")
    elif problem := _install():
        return _refuse(*problem, status=1)
    _say(_hook())
    _say(f"ready in {time.monotonic() - started:.0f} s; next: make check")
    return 0


def lack(
    version: tuple[int, ...], locks: tuple[Path, ...], *, venv: bool
) -> tuple[str, str] | None:
    """Return what stands in the way and what to do about it, or None.

    `venv` says whether that Python has its venv module, which Debian ships as a package apart.
    """
    python = ".".join(map(str, version[:2]))
    if version < OLDEST:
        return (
            f"Python {python} is too old, 3.11 or newer is needed",
            "make setup PYTHON=python3.11",
        )
    if not venv:
        hint = f"install the package python{python}-venv (or python3-venv), then run this again"
        return f"Python {python} has no venv module", hint
    for lock in locks:
        if not lock.is_file():
            name = os.path.relpath(lock, ROOT)
            return f"{name} is missing", f"git checkout {name}"
    return None


def _has_venv() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _digest() -> str:
    """Return what the environment was made from: place, Python and every lock."""
    state = hashlib.sha256(f"{ROOT}\0{sys.version}\0".encode())
    for lock in LOCKS:
        state.update(lock.read_bytes() + b"\0")
    return state.hexdigest()


def current() -> bool:
    """Say whether the environment was made from the locks as they are now."""
    try:
        return STAMP.read_text(encoding="ascii") == _digest() and _python().exists()
    except OSError:
        return False


def _install() -> tuple[str, str] | None:
    """Make the environment, or return what went wrong and what to do."""
    _say("setting up .venv: 115 MB to download, 400 MB installed, well under a minute when cached")
    if VENV.is_symlink():
        VENV.unlink()  # what it leads to is somebody else's, and would be emptied
    STAMP.unlink(missing_ok=True)
    clear = ("--clear",) if VENV.exists() else ()
    if not _step("virtual environment", sys.executable, "-m", "venv", *clear, str(VENV)):
        return "the virtual environment could not be made", _log_hint()
    python = str(_python())
    if _step("installer", python, *PIP, str(UV)) and _step("packages", *_uv(python)):
        STAMP.write_text(_digest(), encoding="ascii")
        return None
    _say("  falling back to pip, which takes about twice as long")
    if _step("packages", python, *PIP, "requirements.txt"):
        STAMP.write_text(_digest(), encoding="ascii")
        return None
    return "the packages could not be installed", f"is the registry reachable? {_log_hint()}"


def _uv(python: str) -> tuple[str, ...]:
    uv = str(BIN / "uv")
    # the machine's own certificates: a company's proxy is trusted there and nowhere else
    certificates = ("--system-certs",)
    options = ("--quiet", "--compile-bytecode", "--require-hashes", "--python", python)
    return (uv, "pip", "install", *certificates, *options, "-r", "requirements.txt")


def _python() -> Path:
    return BIN / ("python.exe" if os.name == "nt" else "python")


def _step(title: str, *command: str) -> bool:
    """Run one step with a line at least every five seconds; its output goes to the log."""
    started = time.monotonic()
    VENV.mkdir(exist_ok=True)
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(command)}\n".encode())
        log.flush()
        try:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env=_environment()
            )
        except OSError as error:
            log.write(f"{error}\n".encode())
            return False
        done = _wait(process, title, started)
    _say(f"  {title:<20} {'done' if done else 'failed'} in {time.monotonic() - started:.0f} s")
    return done


def _wait(process: subprocess.Popen[bytes], title: str, started: float) -> bool:
    while True:
        try:
            return process.wait(timeout=EVERY) == 0
        except subprocess.TimeoutExpired:
            _say(f"  {title:<20} {time.monotonic() - started:.0f} s …")
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise


def _environment() -> dict[str, str]:
    dropped = ("GIT_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV")
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)}


def _hook() -> str:
    """Install the pre-commit hook and return what happened; a hook is never a reason to fail."""
    if not (ROOT / ".pre-commit-config.yaml").is_file():
        return "no .pre-commit-config.yaml, so no hook was installed"
    if _git("rev-parse", "--git-dir") is None:
        return "not a git repository yet, so no hook was installed: git init, then make setup"
    if path := _git("config", "core.hooksPath"):
        return f"core.hooksPath is {path!r}: call `.venv/bin/pre-commit run` from your own hook"
    if _is_linked() and (ROOT / (_git("rev-parse", "--git-path", HOOK) or HOOK)).is_file():
        # it is one file for all work trees, and names the Python of the one that wrote it
        return "the pre-commit hook is that of the main work tree"
    command = (str(_python()), "-m", "pre_commit", "install")
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=_environment(), check=False
    )
    if done.returncode:
        return f"the pre-commit hook was not installed: {_last(done.stdout + done.stderr)}"
    return "the pre-commit hook is installed"


def _is_linked() -> bool:
    return _git("rev-parse", "--git-dir") != _git("rev-parse", "--git-common-dir")


def _git(*args: str) -> str | None:
    try:
        done = subprocess.run(
            ("git", *args),
            cwd=ROOT,
            capture_output=True,
            text=True,
            env=_environment(),
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def _log_hint() -> str:
    return "the whole log is in .venv/setup.log"


def _refuse(message: str, hint: str, status: int) -> int:
    print(f"error: {message}\nhint: {hint}", file=sys.stderr)  # noqa: T201
    return status


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)  # noqa: T201


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(_refuse("interrupted", "make setup goes on where it can", status=130))
    except OSError as problem:
        sys.exit(_refuse(f"{problem}", "is there room, and may this folder be written?", status=2))
