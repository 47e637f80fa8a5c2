"""Writes the dossier's folder, whole or not at all, and never over what somebody else put there.

An older dossier is replaced when it is exactly as it was written: each file that its `SHA256SUMS`
lists, and no other.
"""

import json
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from controls.errors import ControlsError
from controls.evidence import page
from controls.evidence.dossier import KIND, Dossier, as_json

SUMS = "SHA256SUMS"
DATA = "evidence.json"
RUNTIME = ".aiwf"


def write(root: Path, dossier: Dossier, target: Path) -> str:
    """Write the dossier of `root` to the folder `target`, and return the digest of its list.

    Raises:
        ControlsError: when the folder is not ours to write, or cannot be written.
    """
    target = target.absolute()
    refuse(root, target)
    files = contents(root, dossier)
    sums = files[SUMS]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".evidence-", dir=target.parent) as scratch:
            new = Path(scratch, "new")
            for name, data in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_bytes(data)
            if target.exists():
                target.rename(Path(scratch, "old"))
            new.rename(target)
    except OSError as error:
        raise ControlsError(f"{str(target)!r} cannot be written: {error.strerror}") from error
    return sha256(sums).hexdigest()


def contents(root: Path, dossier: Dossier) -> dict[str, bytes]:
    """Return every file of the folder by name: pages, data, and copies of each cited file."""
    copies = {f"files/{path}": _copy(root, path) for path in dossier.cited}
    files = {
        "index.html": page.page(dossier).encode(),
        DATA: as_json(dossier).encode(errors="surrogateescape"),
        "repository.sha256": "".join(dossier.lines).encode(errors="surrogateescape"),
        **copies,
    }
    return {**files, SUMS: _sums(files)}


def refuse(root: Path, target: Path) -> None:
    """Refuse a folder that is not ours to write; to be asked before anything long begins.

    Raises:
        ControlsError: when `target` is in the repository, a link, or holds what is not a dossier.
    """
    target = target.absolute()
    inside = target.resolve().is_relative_to(root.resolve())
    if inside and not target.resolve().is_relative_to((root / RUNTIME).resolve() / "evidence"):
        raise ControlsError(
            f"{str(target)!r} is in the repository, so it would change what it describes",
            hint=f"choose a folder outside, or {RUNTIME}/evidence",
        )
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ControlsError(f"{str(target)!r} is no folder", hint="choose another")
    if target.is_dir() and any(target.iterdir()) and not _ours(target):
        raise ControlsError(
            f"{str(target)!r} holds something that is not a dossier as it was written",
            hint="choose a new folder; this one was left as it is",
        )


def _ours(target: Path) -> bool:
    try:
        kind = json.loads((target / DATA).read_bytes())["kind"]
        files = {
            path.relative_to(target).as_posix(): path.read_bytes()
            for path in target.rglob("*")
            if not path.is_dir() or path.is_symlink()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return kind == KIND and files.pop(SUMS, b"") == _sums(files)


def _sums(files: Mapping[str, bytes]) -> bytes:
    lines = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode(errors="surrogateescape")


def _copy(root: Path, path: str) -> bytes:
    """Return what the cited file holds; of a link, where it points."""
    file = root / path
    return str(file.readlink()).encode() if file.is_symlink() else file.read_bytes()
