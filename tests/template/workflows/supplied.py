"""Environments as `make setup` and the gate's own setup leave them, with the packages of the tests.

`python supplied.py BASE` is what the stand-in of a runner does between two lines of a script.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

BIN = Path(sys.executable).parent
STAMP = """
import sys
from pathlib import Path
from controls import setup
root = Path(sys.argv[1]).resolve()
setup.ROOT, setup.LOCKS = root, (root / "requirements.txt", *setup.LOCKS[1:])
(root / ".venv/setup.sha256").write_text(setup._digest())
"""


def supply(root: Path) -> None:
    """Let the `.venv` of `root` find the packages of the tests, instead of a registry."""
    for site in root.glob(".venv/lib/python*/site-packages"):
        (site / "packages-of-the-tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    if (root / ".venv").is_dir():
        for tool in BIN.iterdir():
            if not (root / ".venv/bin" / tool.name).exists():
                (root / ".venv/bin" / tool.name).symlink_to(tool)


def set_up(root: Path) -> None:
    """Leave what `make setup` leaves: it then finds its environment up to date."""
    _environment(root, root)


def set_up_judge(base: Path) -> None:
    """Leave what the locks of the controls alone make, once; those of the root are not read."""
    if not (base / "controls/.venv").exists():
        _environment(base, base / "controls")


def _environment(root: Path, place: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / ".venv"], check=True)
    supply(place)
    subprocess.run([sys.executable, "-c", STAMP, place], cwd=root, check=True)


if __name__ == "__main__" and Path(sys.argv[1], "controls").is_dir():
    set_up_judge(Path(sys.argv[1]))
