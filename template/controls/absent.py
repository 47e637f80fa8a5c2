"""Names a managed file that is gone, for when too little is left to import the check of it (TPL-1).

Standard library only, and nothing else of this package: any of it may be what is gone.
"""

from pathlib import Path

ROOT = Path(__file__).parents[1]
DIGEST = 64


def absent(root: Path = ROOT) -> str:
    """Return the first file that the digest lists name and that is not there; empty without one."""
    lists = sorted(root.glob("controls/managed/*.sha256"))
    lines = (line for path in lists for line in path.read_text("utf-8").splitlines())
    names = (line[DIGEST:].strip() for line in lines)
    return next((name for name in names if name and not (root / name).is_file()), "")
