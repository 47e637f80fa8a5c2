"""Finds links in text and says which lead outside the hosts that policy/data.yaml allows.

A bare host counts as a link: a reader's mail program makes it one.
"""

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

_TOP = (
    "com|net|org|io|ai|app|dev|info|biz|xyz|site|online|shop|link|top|example|test|invalid|co|ru|cn"
)
_PATH = r"[^\s<>\"')\]}]*[^\s<>\"')\]}.,;:!?]"  # what ends a sentence does not belong to it
LINK = re.compile(
    rf"\b(?:https?|ftp|wss?|data|file|javascript):/{{0,2}}{_PATH}|\bwww\.{_PATH}"
    rf"|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:{_TOP})\b(?!@)(?:[:/?#]{_PATH})?",
    re.IGNORECASE,
)


def removed(text: str, hosts: Collection[str]) -> str:
    """Return `text` with each link that leads outside `hosts` taken out."""
    return LINK.sub(lambda match: match[0] if allowed(match[0], hosts) else "(link removed)", text)


def outside(text: str, hosts: Collection[str]) -> Iterator[str]:
    """Yield the host of each link in `text` that leads outside `hosts`."""
    for match in LINK.finditer(text):
        if not allowed(match[0], hosts):
            yield host(match[0]) or match[0].partition(":")[0]


def allowed(link: str, hosts: Collection[str]) -> bool:
    """Say whether `link` leads to one of `hosts` or a host below it, over http or https."""
    if "//" in link and not link.casefold().startswith(("http://", "https://")):
        return False
    name = host(link)
    return any(name == known or name.endswith(f".{known}") for known in map(str.casefold, hosts))


def host(link: str) -> str:
    """Return the host of `link` in small letters, empty when it has none."""
    try:
        return (urlsplit(link if "//" in link else f"https://{link}").hostname or "").casefold()
    except ValueError:
        return ""
