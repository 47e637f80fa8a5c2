"""Seals what is private in an entry with the key of its subject; destroying the key erases it.

The entry itself stays, and so does the chain: what is hashed is the sealed text.
"""

import base64
import json
import secrets
from pathlib import Path

from controls.audit.entry import Act, Entry
from controls.errors import ControlsError
from controls.tracing import keyring
from controls.tracing.redact import redact

_NONCE = 12


def sealed(root: Path, act: Act, at: str) -> str:
    """Return the private part of `act` as sealed text, empty where it has none.

    Raises:
        ControlsError: when it has no subject, or the subject's key cannot be read.
    """
    if not act.private:
        return ""
    if not act.subject:
        raise ControlsError("what is private needs a subject whose key seals it")
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  slow, seldom

    nonce = secrets.token_bytes(_NONCE)
    plain = redact(json.dumps(act.private, ensure_ascii=False, default=str))
    key = keyring.key(root, act.subject)
    bound = _bound(act.kind, at, act.subject)
    box = AESGCM(key).encrypt(nonce, plain.encode("utf-8", "backslashreplace"), bound)
    return base64.b64encode(nonce + box).decode()


def opened(root: Path, entry: Entry) -> dict[str, object] | None:
    """Return what is private in `entry`; None where nothing is, or its key is destroyed.

    Raises:
        ControlsError: when the file of the key does not hold one.
    """
    key = keyring.known(root, entry.subject) if entry.sealed else None
    if key is None:
        return None
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  slow, seldom
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  slow, seldom

    box = base64.b64decode(entry.sealed)
    bound = _bound(entry.kind, entry.at, entry.subject)
    try:
        return dict(json.loads(AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], bound)))
    except InvalidTag:
        return None  # sealed with an earlier key of the same subject


def _bound(kind: str, at: str, subject: str) -> bytes:
    return f"{kind} {at} {subject}".encode()
