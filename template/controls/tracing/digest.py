"""Names a text by its digest: a plain one, or a keyed one where the data is personal or above.

A plain digest of a short answer can be found by trying answers. The keyed one is made with the key
of the data subject, so it means nothing any more once that is destroyed.
"""

import hashlib
import hmac
from typing import TYPE_CHECKING

from controls.manifest import CLASSES
from controls.tracing import content, keyring

if TYPE_CHECKING:
    from controls.run import Run


def digest(run: "Run", text: str) -> str:
    """Return the digest of `text` for a span of `run`, `hmac-sha256:…` where it is keyed.

    Raises:
        ControlsError: when the subject's key cannot be read.
    """
    plain = text.encode("utf-8", "backslashreplace")
    if CLASSES.index(run.data_class) < CLASSES.index("personal"):
        return hashlib.sha256(plain).hexdigest()
    key = keyring.key(run.root, content.subject(run))
    return f"hmac-sha256:{hmac.new(key, plain, hashlib.sha256).hexdigest()}"
