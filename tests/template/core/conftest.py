"""Repositories of each tier whose managed files carry their digests, and ways to change them."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from controls.check.command import context
from controls.check.model import Context

Project = Callable[..., Path]
LISTS = {
    0: ("base",),
    1: ("base", "tier-1"),
    2: ("base", "tier-1", "tier-2"),
    3: ("base", "tier-1", "tier-2", "tier-3"),
    4: ("base", "tier-1", "tier-2", "tier-3", "tier-4"),
}


def seal(root: Path, *names: str) -> None:
    """Write the digest lists called `names`; the first one lists every managed file."""
    folder = root / "controls/managed"
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.sha256"):
        path.unlink()
    for name in names:
        (folder / f"{name}.sha256").touch()
    files = [path for path in (root / "controls").rglob("*") if path.is_file()]
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root).as_posix()}\n"
        for path in sorted(files)
        if "__pycache__" not in path.parts and path.suffix != ".sha256"
    ]
    (folder / f"{names[0]}.sha256").write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def sealed(project: Project) -> Project:
    """Return a function that gives a repository without CI whose digests are those of its files."""

    def fresh(tier: int = 2, **answers: object) -> Path:
        root = project(tier, ci="none", **answers)
        seal(root, *LISTS[tier])
        return root

    return fresh


@pytest.fixture
def edit() -> Callable[[Path, str, str], None]:
    """Return a function that replaces text which must be there, once."""

    def edit(path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


@pytest.fixture
def asked() -> Callable[[Path], Context]:
    """Return a function that gives a check's context on the first of December 2026."""
    return lambda root: context(root, date(2026, 12, 1))
