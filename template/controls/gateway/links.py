"""Finds links in text and says which lead outside the hosts that policy/data.yaml allows.

A bare host counts as a link: a reader's mail program makes it one. So does `//host`, which a
browser opens as it opened the page around it, with strokes of either kind.
"""

import re
from collections.abc import Collection, Iterator
from html import unescape
from urllib.parse import urlsplit

# endings that close no file's name and few sentences: "Settings.To", "setup.sh" are no hosts
_TOP = (
    "com|net|org|io|ai|app|dev|info|biz|xyz|site|online|shop|link|top|example|test|invalid|co|ru|cn"
    "|zone|club|click|icu|tv|pw|gg|ly|onion|moe|rip|cfd|sbs|cyou|buzz|gov|edu|mil"
    "|uk|de|eu|fr|nl|ch|es|jp|br|au|ca"
)
_PATH = r"[^\s<>\"')\]}]*[^\s<>\"')\]}.,;:!?]"  # what ends a sentence does not belong to it
_HOST = re.compile(r"[a-z0-9.-]+")
LINK = re.compile(
    rf"\b(?:https?|ftp|wss?|data|file|javascript):/{{0,2}}{_PATH}|\bwww\.{_PATH}"
    rf"|(?:\b[a-z][a-z0-9+.-]{{0,19}}:)?[/\\]{{2,}}(?=\[|[\w-]+(?:\.[\w-]+)+|localhost\b){_PATH}"
    rf"|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:{_TOP})\b(?!@)(?:[:/?#]{_PATH})?",
    re.IGNORECASE,
)


def removed(text: str, hosts: Collection[str]) -> str:
    """Return `text` with each link that leads outside `hosts` taken out.

    Where one hides behind character references, which a page undoes, the text is shown without
    them.
    """
    undone = unescape(text)
    if list(outside(undone, hosts)) != list(outside(text, hosts)):
        text = undone
    return LINK.sub(lambda match: match[0] if allowed(match[0], hosts) else "(link removed)", text)


def outside(text: str, hosts: Collection[str]) -> Iterator[str]:
    """Yield the host of each link in `text` that leads outside `hosts`."""
    for match in LINK.finditer(text):
        if not allowed(match[0], hosts):
            yield host(match[0]) or match[0].partition(":")[0]


def allowed(link: str, hosts: Collection[str]) -> bool:
    """Say whether `link` leads to one of `hosts` or a host below it, over http or https."""
    address = _plainly(link)
    if "//" in address and not address.startswith(("http://", "https://", "//")):
        return False
    name = host(link)
    return any(name == known or name.endswith(f".{known}") for known in map(str.casefold, hosts))


def host(link: str) -> str:
    """Return the host of `link` in small letters, empty when it has none, or an odd one."""
    address = _plainly(link)
    try:
        name = urlsplit(address if "//" in address else f"https://{address}").hostname or ""
    except ValueError:
        return ""
    return name if _HOST.fullmatch(name) else ""


def _plainly(link: str) -> str:
    """Return `link` as a browser reads it, to which the two strokes are one."""
    return link.replace("\\", "/").casefold()
