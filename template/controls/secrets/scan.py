"""Scans files for secrets with kingfisher, offline: no update check, no asking a provider.

The files are copied to an empty folder first, and only that folder is scanned: history, ignored
files and a scanner configuration lying in the repository have no say. A secret itself never leaves
this module.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from controls import tools
from controls.errors import ControlsError

_FLAGS = (
    *("--no-validate", "--no-update-check", "--redact", "--no-dedup", "--quiet"),
    *("--git-history", "none", "--format", "json"),
)
_FOUND = 200  # kingfisher's exit status when it found something; 0 is clean, all else an error


@dataclass(frozen=True, slots=True)
class Leak:
    """Where a secret is and which rule saw it."""

    path: str
    line: int
    rule: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in how many files."""

    files: int
    leaks: tuple[Leak, ...]


def scan(root: Path, names: Iterable[str]) -> Scan:
    """Return the secrets in the files `names`, which are relative to `root`.

    A link is scanned as the text it is to git; a name that is no file (a submodule) is left out.

    Raises:
        ControlsError: when kingfisher is missing, fails, or read fewer files than it was given.
    """
    program = tools.find("kingfisher")
    with tempfile.TemporaryDirectory(prefix="secrets-") as scratch:
        tree, report = Path(scratch, "tree"), Path(scratch, "report.json")
        copied = sum(_copy(root / name, tree / name) for name in names)
        if not copied:
            return Scan(0, ())
        command = [program, "scan", *_FLAGS, "--output", str(report), str(tree)]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode not in {0, _FOUND}:
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise ControlsError(f"kingfisher failed: {lines[-1]}")
        return Scan(copied, tuple(sorted(_leaks(report, tree), key=_place)))


def _copy(source: Path, target: Path) -> int:
    if not source.is_symlink() and not source.is_file():
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.write_bytes(bytes(source.readlink()))
    else:
        shutil.copyfile(source, target)
    return 1


def _leaks(report: Path, tree: Path) -> set[Leak]:
    try:
        data = json.loads(report.read_bytes())
        found = [(entry["rule"], entry["finding"]) for entry in data["findings"]]
        return {
            Leak(_name(finding["path"], tree), int(finding["line"]), str(rule["name"]))
            for rule, finding in found
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ControlsError("kingfisher wrote no report that can be read") from error


def _name(path: str, tree: Path) -> str:
    return Path(path).relative_to(tree).as_posix()


def _place(leak: Leak) -> tuple[str, int, str]:
    return leak.path, leak.line, leak.rule
