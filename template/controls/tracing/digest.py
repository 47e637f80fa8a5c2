"""Names a text by its digest: a plain one, or a keyed one where the data is personal or above.

A plain digest of a short answer can be found by trying answers. The keyed one is made with the key
of the data subject, so it means nothing any more once that is destroyed. Class and subject are read
off the span's own keys, so that whoever has the span and the text can compare the two.
"""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from controls.manifest import CLASSES
from controls.tracing import keyring, semconv

if TYPE_CHECKING:
    from controls.run import Run

KEYED = "hmac-sha256:"


def digest(run: "Run", text: str) -> str:
    """Return the digest of `text` for a span of `run`.

    Raises:
        ControlsError: when the subject's key cannot be read.
    """
    return of(run.root, run.stamp(), text)


def of(root: Path, keys: Mapping[str, object], text: str) -> str:
    """Return the digest of `text` for a span with `keys`, `hmac-sha256:…` where it is keyed.

    Raises:
        ControlsError: when the subject's key cannot be read.
    """
    return _keyed(keyring.key(root, subject(keys)), text) if _personal(keys) else _plain(text)


def names(root: Path, keys: Mapping[str, object], text: str) -> bool:
    """Say whether the output that a span with `keys` recorded was `text`; never once it is erased.

    Raises:
        ControlsError: when the file of a key does not hold one.
    """
    found = str(keys.get(semconv.OUTPUT_SHA256, ""))
    if not _personal(keys):
        return found == _plain(text)
    key = keyring.known(root, subject(keys))
    return key is not None and hmac.compare_digest(found, _keyed(key, text))


def subject(keys: Mapping[str, object]) -> str:
    """Return whose text it is: the user's of the span, or the run's own where it had none."""
    return str(keys.get(semconv.USER) or keys[semconv.RUN_ID])


def _personal(keys: Mapping[str, object]) -> bool:
    """Say whether the span's class is personal or above; an unknown one is taken to be."""
    known = keys.get(semconv.CLASSIFICATION)
    return known not in CLASSES[: CLASSES.index("personal")]


def _keyed(key: bytes, text: str) -> str:
    return KEYED + hmac.new(key, _bytes(text), hashlib.sha256).hexdigest()


def _plain(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # a provider may send half a character
