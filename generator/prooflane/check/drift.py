"""Whether the managed files are byte for byte the template's, by the digests that it ships.

Needs no template and no network. The lists have the format of sha256sum, so that `sha256sum
--check` answers the same without us; which there must be follows from their names.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from prooflane.check.finding import Finding, Rule
from prooflane.check.recorded import ROOM, Recorded
from prooflane.files import is_safe

LISTS = "controls/managed"
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
# what Python and ruff leave beside the code that they read
CACHES = frozenset({"__pycache__", ".ruff_cache"})
HEAL = "prooflane check --heal"
MOVE = "move it to workflow/ or policy/custom/: controls/ belongs to the template"
Digests = dict[str, str]


def required(names: Iterable[str], recorded: Recorded) -> tuple[str, ...]:
    """Return which of the lists called `names` a repository of this tier and CI carries."""
    return tuple(name for name in names if all(_holds(p, recorded) for p in name.split("+")))


def present(root: Path) -> set[str]:
    """Return the names of the digest lists that are there."""
    return {path.stem for path in (root / LISTS).glob("*.sha256")}


def lists(root: Path, names: Iterable[str]) -> Iterator[Finding]:
    """Say which digest lists are missing, and which do not belong here."""
    expected, there = set(names), present(root)
    for name in sorted(expected - there):
        yield Finding(Rule.lists, "the list of digests is missing", _list(name), hint=HEAL)
    for name in sorted(there - expected):
        message = "this list of digests belongs to another tier or CI"
        yield Finding(Rule.lists, message, _list(name), hint=HEAL)


def digests(root: Path, names: Iterable[str]) -> tuple[Digests, list[Finding]]:
    """Return path -> digest of the lists called `names`, and the lines that are no digests."""
    found: Digests = {}
    broken: list[Finding] = []
    for name in names:
        path = root / _list(name)
        text = path.read_text(encoding="utf-8", errors="replace") if _is_file(path) else ""
        for number, line in enumerate(text.splitlines(), start=1):
            match = LINE.fullmatch(line)
            if match and is_safe(match[2]):
                found[match[2]] = match[1]
            else:
                broken.append(
                    Finding(Rule.lists, "the line is no digest", _list(name), number, HEAL)
                )
    return found, broken


def drift(root: Path, listed: Digests) -> Iterator[Finding]:
    """Say which listed files are missing or differ."""
    linked = _linked(root, listed)
    for name, digest in sorted(listed.items()):
        path = root / name
        if name.rpartition("/")[0] in linked or not _is_file(path):
            yield Finding(Rule.missing, "the managed file is missing", name, hint=HEAL)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield Finding(Rule.edited, "the managed file was edited", name, hint=HEAL)


def unlisted(root: Path, listed: Digests) -> Iterator[Finding]:
    """Say which files below `controls/` are in no list."""
    for name in sorted(files(root) - listed.keys()):
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        yield Finding(Rule.unlisted, "the file is not the template's", shown, hint=MOVE)


def files(root: Path) -> set[str]:
    """Return the files below `controls/`, links among them, but for caches and digest lists."""
    found: set[str] = set()
    for folder, below, names in os.walk(root / ROOM):
        at = Path(folder)
        links = [name for name in below if (at / name).is_symlink()]
        below[:] = [name for name in below if name not in CACHES]
        found.update((at / name).relative_to(root).as_posix() for name in (*names, *links))
    return {name for name in found if not _is_list(name)}


def _linked(root: Path, listed: Iterable[str]) -> set[str]:
    # a folder that is a link holds somebody else's files, however alike they are
    folders = {name.rpartition("/")[0] for name in listed}
    parts = {folder: folder.split("/") for folder in folders if folder}
    return {
        folder
        for folder, names in parts.items()
        if any((root / "/".join(names[:at])).is_symlink() for at in range(1, len(names) + 1))
    }


def _holds(part: str, recorded: Recorded) -> bool:
    if part == "base":
        return True
    if part.startswith("tier-"):
        return recorded.tier >= int(part.removeprefix("tier-"))
    return part == recorded.ci


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_list(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder == LISTS and name.endswith(".sha256")


def _list(name: str) -> str:
    return f"{LISTS}/{name}.sha256"
