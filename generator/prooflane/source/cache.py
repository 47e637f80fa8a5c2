"""Clones of templates in the user's cache folder, complete or absent.

Two processes may make the same clone at once: each makes its own, and the first to finish wins.
One at a time brings a clone up to date, so that what a killed one left is known as such.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.git import clones, process

HEAD = "refs/prooflane/head"


def bundle(file: Path) -> Path:
    """Return a clone of the bundle at `file`, made once for its content.

    Raises:
        ProoflaneError: when it is no bundle, or the cache cannot be written.
    """
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    place = folder("templates") / f"bundle-{digest}.git"
    return place if place.is_dir() else _make(place, lambda new: _unbundle(file, new))


def mirror(url: str, env: Mapping[str, str] | None = None) -> tuple[Path, bool]:
    """Return a clone of `url`, and whether it is as new as the original.

    Git goes there with `env`, such as a forge's credentials; nothing of it is kept in the clone.

    Raises:
        ProoflaneError: when it was never cloned and cannot be.
    """
    place = folder("templates") / f"url-{hashlib.sha256(url.encode()).hexdigest()}.git"
    if not place.is_dir():
        return _make(place, lambda new: _clone(url, new, env)), True
    with clones.alone(place):
        return place, _is_fetched(place, env) or (_unlock(place) and _is_fetched(place, env))


def _is_fetched(place: Path, env: Mapping[str, str] | None) -> bool:
    done = process.attempt("fetch", "--quiet", "--prune", "--tags", "origin", cwd=place, env=env)
    return done.returncode == 0


def _unlock(place: Path) -> bool:
    # nobody else fetches now: a lock of git was left by one that was killed, and it stays for ever
    left = [*place.rglob("*.lock")]
    for lock in left:
        lock.unlink(missing_ok=True)
    return bool(left)


def folder(name: str) -> Path:
    """Return the folder called `name` of the user's cache, there or not."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base, "prooflane", name)


def _make(place: Path, fill: Callable[[Path], None]) -> Path:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    except OSError as error:
        raise ProoflaneError(
            f"the cache folder {str(place.parent)!r} cannot be written",
            "set XDG_CACHE_HOME to a folder of yours",
        ) from error
    try:
        fill(scratch)
        _publish(scratch, place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return place


def _publish(scratch: Path, place: Path) -> None:
    try:
        scratch.rename(place)
    except OSError:
        if not place.is_dir():  # else another process was faster, and its clone is as good
            raise


def _unbundle(file: Path, new: Path) -> None:
    process.git("init", "-q", "--bare", "--template=", str(new))
    refs = (f"HEAD:{HEAD}", "refs/tags/*:refs/tags/*")
    try:
        process.git("fetch", "-q", "--", str(file), *refs, cwd=new)
    except ProoflaneError as error:
        said = error.message.removeprefix("git fetch failed: ")
        raise ProoflaneError(
            f"the template {str(file)!r} cannot be read: {said}",
            "a file must be a bundle: git bundle create FILE HEAD --tags",
        ) from error


def _clone(url: str, new: Path, env: Mapping[str, str] | None) -> None:
    try:
        process.git("clone", "-q", "--mirror", "--template=", "--", url, str(new), env=env)
    except ProoflaneError as error:
        said = error.message.removeprefix("git clone failed: ")
        raise ProoflaneError(
            f"the template {url!r} cannot be cloned: {said}",
            "check the address, or your access to it",
        ) from error
