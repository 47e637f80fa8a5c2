"""Whether the managed files are byte for byte the template's, judged by the digests that it ships.

The lists have the format of sha256sum, so that `sha256sum --check` answers the same without us.
Which lists there must be follows from their names: `base`, `tier-2`, `github`, `github+tier-2`.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from controls.check.model import Finding

LISTS = Path("controls/managed")
ROOM = Path("controls")
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
# what Python and ruff leave beside the code that they read; nothing in them is imported by name
CACHES = {"__pycache__", ".ruff_cache"}
RESTORE = "git checkout of the file, or prooflane sync"


def required(names: tuple[str, ...], tier: int, ci: str) -> tuple[str, ...]:
    """Return which of the lists called `names` a repository of this tier and CI carries."""
    return tuple(name for name in names if all(_holds(p, tier, ci) for p in name.split("+")))


def lists(root: Path, expected: tuple[str, ...]) -> Iterator[Finding]:
    """Say which digest lists are missing, and which do not belong here."""
    there = {path.stem for path in (root / LISTS).glob("*.sha256")}
    for name in sorted(set(expected) - there):
        yield Finding("the list of digests is missing", _list(name), hint=RESTORE)
    for name in sorted(there - set(expected)):
        yield Finding("this list of digests belongs to another tier or CI", _list(name))


def listed(root: Path, names: tuple[str, ...]) -> tuple[dict[str, str], list[Finding]]:
    """Return path → digest of the lists called `names`, and the lines that are no digests."""
    digests: dict[str, str] = {}
    broken: list[Finding] = []
    for name in names:
        path = root / LISTS / f"{name}.sha256"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        for number, line in enumerate(lines, start=1):
            if match := LINE.fullmatch(line):
                digests[match[2]] = match[1]
            else:
                broken.append(Finding("the line is no digest", _list(name), number, RESTORE))
    return digests, broken


def drift(root: Path, digests: dict[str, str]) -> Iterator[Finding]:
    """Say which listed files are missing or differ, and which files nobody listed."""
    for name, digest in sorted(digests.items()):
        path = root / name
        if path.is_symlink() or not path.is_file():
            yield Finding("the managed file is missing", name, hint=f"git checkout {name}")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield Finding("the managed file was edited", name, hint=f"git checkout {name}")
    for name in sorted(_files(root) - digests.keys()):
        hint = "move it to workflow/ or policy/custom/: controls/ belongs to the template"
        yield Finding("the file is not the template's", name, hint=hint)


def _holds(part: str, tier: int, ci: str) -> bool:
    if part == "base":
        return True
    if part.startswith("tier-"):
        return tier >= int(part.removeprefix("tier-"))
    return part == ci


def _files(root: Path) -> set[str]:
    paths = (path for path in (root / ROOM).rglob("*") if path.is_symlink() or path.is_file())
    names = (path.relative_to(root) for path in paths if not CACHES & set(path.parts))
    return {name.as_posix() for name in names if name.parent != LISTS}


def _list(name: str) -> str:
    return f"{LISTS.as_posix()}/{name}.sha256"
