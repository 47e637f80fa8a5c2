"""Which recorded templates may be fetched: those that the user listed, and our own.

The address in a repository's answers is data from a stranger. The list is a file of the user, never
of the repository: `templates:` holds addresses and folders, one that ends in `/` with all below it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from prooflane import document
from prooflane.errors import ProoflaneError
from prooflane.source import address

LIMIT = 64 * 1024
KEYS = {"templates", "signers"}


@dataclass(frozen=True, slots=True)
class Trust:
    """The user's list of templates, and the file that says whose signatures count."""

    templates: tuple[str, ...] = ()
    signers: Path | None = None

    def covers(self, url: str) -> bool:
        """Say whether `url` is listed, or lies below a listed one that ends in `/`."""
        # a path that climbs, by whatever spelling, would lie below its prefix and lead elsewhere
        if ".." in re.split(r"[/\\]", unquote(url)):
            return False
        found = address.plain(url)
        return any(_matches(found, address.plain(listed)) for listed in self.templates)


def place() -> Path:
    """Return where the user's settings are."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base, "prooflane", "config.yaml")


def load() -> Trust:
    """Return what the user trusts; nothing when there is no such file.

    Raises:
        ProoflaneError: when the file is malformed.
    """
    path = place()
    name = f"the settings {str(path)!r}"
    try:
        blob = path.read_bytes()
    except FileNotFoundError:
        return Trust()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProoflaneError(f"{name} cannot be read: {reason}") from error
    return _trust(document.mapping(document.parse(blob, name, LIMIT) or {}, name), path, name)


def require(url: str) -> None:
    """Return when the user listed `url`.

    Raises:
        ProoflaneError: when not.
    """
    if not load().covers(url):
        raise ProoflaneError(
            f"the recorded template {url!r} is not one that you trust",
            f"--template {url} trusts it for this call, a line under templates: in "
            f"{str(place())!r} for good",
        )


def _trust(data: Mapping[str, object], path: Path, name: str) -> Trust:
    if unknown := sorted(data.keys() - KEYS):
        raise ProoflaneError(
            f"{name} have an unknown {unknown[0]!r}", "they have templates, signers"
        )
    listed = data.get("templates") or []
    if not isinstance(listed, list) or not all(isinstance(item, str) and item for item in listed):
        raise ProoflaneError(f"templates of {name} is not a list of addresses", "- https://.../")
    signers = data.get("signers")
    if signers is not None and not isinstance(signers, str):
        raise ProoflaneError(f"signers of {name} is not a path", "signers: allowed_signers")
    file = None if signers is None else path.parent / Path(signers).expanduser()
    return Trust(tuple(listed), file)


def _matches(url: str, listed: str) -> bool:
    return url.startswith(listed) if listed.endswith("/") else url == listed
