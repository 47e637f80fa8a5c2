"""Our own template: its canonical address, and where this installation keeps it."""

from pathlib import Path

import prooflane

# recorded in each repository made from our template, and never fetched unless a person names it
CANONICAL = "https://github.com/prooflane/prooflane.git"
PACKAGE = Path(prooflane.__file__).resolve().parent
BUNDLE = PACKAGE / "template.bundle"


def checkout() -> Path | None:
    """Return the checkout that this code runs from, or None when it was installed."""
    root = PACKAGE.parent.parent
    is_ours = (root / "generator" / "prooflane") == PACKAGE and (root / "copier.yml").is_file()
    return root if is_ours and (root / ".git").exists() else None
