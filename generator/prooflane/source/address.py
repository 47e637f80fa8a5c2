"""Reads a template's address: which are URLs, what a shorthand stands for, when two are the same.

Pure. Whether an address may be fetched is decided by `prooflane.source.trust`.
"""

import re
from pathlib import Path

from prooflane.errors import ProoflaneError

SHORTHANDS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
SCHEMES = ("https://", "http://", "ssh://", "git://", "file://")
# user@host:path, as ssh writes it
SCP = re.compile(r"[\w.+-]+@[\w.-]+:[^:]")


def is_url(template: str) -> bool:
    """Say whether `template` is anything but a path on this machine."""
    return "::" in template or "://" in template or is_scp(template) or bool(_shorthand(template))


def is_scp(template: str) -> bool:
    """Say whether `template` is an address in ssh's own form."""
    return SCP.match(template) is not None


def expand(template: str) -> str:
    """Return the URL that `template` stands for.

    Raises:
        ProoflaneError: when it is of a kind that is never fetched, such as a remote helper's.
    """
    if short := _shorthand(template):
        path = template.removeprefix(short).lstrip("/").removesuffix(".git")
        return f"{SHORTHANDS[short]}{path}.git"
    url = template.removeprefix("git+")
    if "::" in url or not (url.startswith(SCHEMES) or is_scp(url)):
        raise ProoflaneError(
            f"the template's address {template!r} is of a kind that is never fetched",
            "use https, ssh, git, file or a folder",
        )
    return url


def plain(template: str) -> str:
    """Return `template` in the one spelling by which addresses are compared."""
    if not is_url(template):
        return str(Path(template).expanduser()) + "/" * template.endswith("/")
    url = template if "::" in template else expand(template)
    return url.removesuffix(".git")


def _shorthand(template: str) -> str:
    return next((short for short in SHORTHANDS if template.startswith(short)), "")
