"""Our own template: its canonical address, and where this installation keeps it."""

from pathlib import Path

import prooflane
from prooflane.errors import ProoflaneError
from prooflane.source import address

# recorded in each repository made from our template, and never fetched unless a person names it
CANONICAL = "https://github.com/prooflane/prooflane.git"
PACKAGE = Path(prooflane.__file__).resolve().parent
BUNDLE = PACKAGE / "template.bundle"


def checkout() -> Path | None:
    """Return the checkout that this code runs from, or None when it was installed."""
    root = PACKAGE.parent.parent
    is_ours = (root / "generator" / "prooflane") == PACKAGE and (root / "copier.yml").is_file()
    return root if is_ours and (root / ".git").exists() else None


def is_canonical(url: str) -> bool:
    """Say whether `url` is our template's address, in any of the spellings that Copier records."""
    ours = address.plain(CANONICAL)
    scp = ours.replace("https://", "git@", 1).replace("/", ":", 1)
    return "::" not in url and address.is_url(url) and _plain(url) in {ours, scp}


def _plain(url: str) -> str:
    try:
        return address.plain(url)
    except ProoflaneError:
        return ""
