"""Puts managed files back as the template made them, at the version that the repository records.

First a plan, then, with consent, the patch that keeps what was edited, then the files, each in one
step. Nothing else is touched, nothing is committed; interrupted, the same command goes on.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from prooflane.check import drift
from prooflane.check.original import managed, original
from prooflane.check.recorded import load
from prooflane.errors import ProoflaneError
from prooflane.files import EXECUTABLE, LINK, REGULAR, File
from prooflane.git import difference
from prooflane.git.place import Place

FOLDER = "decisions"


class Action(StrEnum):
    """What healing does to a path."""

    restored = "restore"
    added = "add"
    removed = "remove"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of each path: what was there, what will be; and where `patch` is kept."""

    root: Path
    before: Mapping[str, File]
    after: Mapping[str, File]
    patch: bytes

    @property
    def actions(self) -> dict[str, Action]:
        """The action on each path."""
        paths = sorted(self.before.keys() | self.after.keys())
        return {path: self._action(path) for path in paths}

    @property
    def kept(self) -> str:
        """Where the patch goes; nowhere when nothing that a person wrote is replaced."""
        return f"{FOLDER}/healed-{sha256(self.patch).hexdigest()[:8]}.patch" if self.patch else ""

    def _action(self, path: str) -> Action:
        if path not in self.after:
            return Action.removed
        return Action.restored if path in self.before else Action.added


def plan(place: Place, template: str | None) -> Plan:
    """Return what it takes to have every managed file as the template made it.

    Raises:
        ProoflaneError: when the template cannot be read, or a folder is a link.
    """
    root, recorded = place.root, load(place.root)
    wanted = managed(original(root, recorded, template))
    if not wanted:
        raise ProoflaneError("the template has no managed files", "prooflane sync")
    _refuse_links(root, wanted)
    there = {path: found for path in wanted.keys() | _room(root) if (found := _read(root, path))}
    before = {path: file for path, file in there.items() if not _same(file, wanted.get(path))}
    after = {path: file for path, file in wanted.items() if not _same(file, there.get(path))}
    edited = {path: file for path, file in after.items() if path in before}
    return Plan(root, before, after, difference.patch(edited, before) if before else b"")


def apply(planned: Plan) -> None:
    """Make it so.

    Raises:
        ProoflaneError: when a file cannot be written; what was done until then stays done.
    """
    try:
        if planned.kept:
            _put(planned.root / planned.kept, File(planned.patch))
        for path in planned.before.keys() - planned.after.keys():
            (planned.root / path).unlink(missing_ok=True)
        for path, file in planned.after.items():
            _put(planned.root / path, file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(
            f"{str(error.filename)!r} cannot be written: {reason}", "make room, then run this again"
        ) from error


def _room(root: Path) -> set[str]:
    lists = {f"{drift.LISTS}/{name}.sha256" for name in drift.present(root)}
    return drift.files(root) | lists


def _refuse_links(root: Path, wanted: Mapping[str, File]) -> None:
    folders = {above for path in wanted for above in Path(path).parents}
    for folder in sorted(folders):
        if (root / folder).is_symlink() and folder != Path():
            raise ProoflaneError(
                f"{folder.as_posix()!r} is a link, and healing would write where it leads",
                f"remove the link, then run this again: rm {folder.as_posix()}",
            )


def _read(root: Path, path: str) -> File | None:
    whole = root / path
    if whole.is_symlink():
        return File(os.fsencode(whole.readlink()), LINK)
    if not whole.is_file():
        return None
    mode = EXECUTABLE if whole.stat().st_mode & 0o100 else REGULAR
    return File(whole.read_bytes(), mode)


def _same(file: File, other: File | None) -> bool:
    return other is not None and file == other


def _put(path: Path, file: File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # the same folder, so that the rename is one step
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if file.mode == LINK:
            beside.symlink_to(os.fsdecode(file.data))
        else:
            mode = 0o777 if file.mode == EXECUTABLE else 0o666
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(beside, flags, mode), "wb") as out:  # noqa: PTH123 - takes no mode
                out.write(file.data)
                out.flush()
                os.fsync(out.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
