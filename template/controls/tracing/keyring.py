"""Keeps one secret key for each data subject in `.aiwf/keys/`, and destroys it.

A subject is a pseudonym, or the id of a run that was nobody's. No key is cached: once it is
destroyed, no process of this machine has it any more.
"""

import os
import re
import secrets
from pathlib import Path

from controls.errors import ControlsError

FOLDER = Path(".aiwf/keys")
_BYTES = 32
_ID = re.compile(r"[0-9a-f]{16,64}")


def key(root: Path, subject: str) -> bytes:
    """Return the key of `subject`, made on first use; of many who make it, one wins.

    Raises:
        ControlsError: when its file does not hold a key, or cannot be made.
    """
    path = _path(root, subject)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        found = path.read_bytes()
    except OSError as error:
        told = f"the key of {subject!r} cannot be used: {error.strerror or error}"
        raise ControlsError(told, f"make {FOLDER} writable and free some space") from error
    return _checked(path, found)


def known(root: Path, subject: str) -> bytes | None:
    """Return the key of `subject`, None when it is destroyed or never was.

    Raises:
        ControlsError: when its file does not hold a key.
    """
    try:
        path = _path(root, subject)
        return _checked(path, path.read_bytes())
    except FileNotFoundError:
        return None


def destroy(root: Path, subject: str) -> bool:
    """Destroy the key of `subject`; say whether there was one.

    Raises:
        ControlsError: when `subject` cannot be one.
    """
    path = _path(root, subject)
    try:
        with path.open("r+b") as file:  # where the disk writes in place, the bytes go as well
            file.write(secrets.token_bytes(_BYTES))
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def is_subject(text: str) -> bool:
    """Say whether `text` has the form of a subject."""
    return _ID.fullmatch(text) is not None


def _path(root: Path, subject: str) -> Path:
    if not is_subject(subject):
        raise ControlsError(
            f"{subject!r} is no subject", "a pseudonym is 32 digits and letters a-f"
        )
    return root / FOLDER / f"{subject}.key"


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
        file.flush()
        os.fsync(file.fileno())  # text that outlives its key is lost
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _checked(path: Path, found: bytes) -> bytes:
    if len(found) == _BYTES:
        return found
    raise ControlsError(f"{str(path)!r} holds no key of {_BYTES} bytes", "restore it, or erase it")
