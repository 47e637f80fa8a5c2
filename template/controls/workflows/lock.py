"""Judges requirements files: each entry has one version and its hashes, none names an index.

An address in a lock file decides where everybody's packages come from; that is the machine's
business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from controls.check.model import Finding

FILES = ("requirements.txt", "controls/requirements.txt", "controls/uv.txt")
_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?==[^\s;*]+(?:\s*;[^\\]*)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[ =]\S+")
_MAKE_LOCK = "make lock"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One logical line of a requirements file, its continuations joined."""

    text: str
    line: int


def names(root: Path) -> tuple[str, ...]:
    """Return the locks that every repository has, and those that its owner added."""
    added = (path.name for path in root.glob("requirements*.txt"))
    return tuple(dict.fromkeys((*FILES, *sorted(added))))


def judge(root: Path, name: str) -> tuple[int, tuple[Finding, ...]]:
    """Return how many requirements `name` pins, and what is wrong with the rest."""
    path = root / name
    if not path.is_file():
        return 0, (Finding(f"{name} is missing", name, 0, _MAKE_LOCK),)
    entries = tuple(_requirements(path.read_text("utf-8", "replace")))
    findings = tuple(finding for entry in entries for finding in _findings(name, entry))
    return sum(1 for entry in entries if _HASH.search(entry.text)), findings


def _requirements(text: str) -> Iterator[Requirement]:
    parts: list[str] = []
    start = 1
    for number, raw in enumerate(text.split("\n"), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).strip()
        start = start if parts else number
        if line:
            parts.append(line.removesuffix("\\").strip())
        if parts and not line.endswith("\\"):
            yield Requirement(" ".join(parts), start)
            parts = []


def _findings(name: str, entry: Requirement) -> Iterator[Finding]:
    if "://" in entry.text:
        yield Finding("a requirements file must not name an address", name, entry.line, _MAKE_LOCK)
    elif _INCLUDE.fullmatch(entry.text):
        return
    elif entry.text.startswith("-"):
        yield Finding(
            f"option {entry.text.split()[0]!r} is not allowed here", name, entry.line, _MAKE_LOCK
        )
    elif not _PINNED.fullmatch(_HASH.sub("", entry.text).strip()):
        yield Finding(
            f"{entry.text.split()[0]!r} is not pinned with ==", name, entry.line, _MAKE_LOCK
        )
    elif not _HASH.search(entry.text):
        yield Finding(f"{entry.text.split()[0]!r} has no hash", name, entry.line, _MAKE_LOCK)
