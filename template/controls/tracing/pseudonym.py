"""Turns a user's name into one that means nothing outside this repository.

Keyed (HMAC), because a plain digest of a name can be found by trying names. The key is made on
first use and stays in `.aiwf/`, ignored by git: deleting it makes every pseudonym unlinkable.
"""

import functools
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from controls.errors import ControlsError

_KEY = Path(".aiwf/pseudonym.key")
_BYTES = 32


def pseudonym(root: Path, name: str) -> str:
    """Return the name's pseudonym, the same for each call in this repository.

    Raises:
        ControlsError: when there is no key and none can be made; a name is not written instead.
    """
    return hmac.new(_key(root), name.encode(), hashlib.sha256).hexdigest()[:32]


@functools.cache
def _key(root: Path) -> bytes:
    path = root / _KEY
    try:
        found = _made(path)
    except OSError as error:
        told = f"the key of pseudonyms cannot be used: {error.strerror or error}"
        raise ControlsError(told, f"make {_KEY.parent} writable and free some space") from error
    if len(found) != _BYTES:
        raise ControlsError(f"{_KEY} holds no key of {_BYTES} bytes", "restore it, or delete it")
    return found


def _made(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        try:
            os.link(draft, path)  # whoever is first wins, the others read it
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
