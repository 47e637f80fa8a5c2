"""Says how a command is typed here: a shell without the environment has another Python, or none.

The only place that decides it. Messages, hints and pages say `python -m controls …`, as it is typed
where the environment is active; what a person reads in a terminal passes through here on its way.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAMS = (".venv/bin/python", ".venv/Scripts/python.exe")
_COMMAND = re.compile(r"(?<![\w./-])python -m (?=(?:controls|evals\.run)\b)")


def typed(text: str, root: Path = ROOT) -> str:
    """Return `text` with each command as a shell in `root` understands it."""
    program = environment(root)
    if program is None or _active(root / program):
        return text
    return _COMMAND.sub(f"{program} -m ", text)


def environment(root: Path = ROOT) -> str | None:
    """Return the Python of the environment that `make setup` made in `root`, None without one."""
    return next((name for name in PROGRAMS if (root / name).is_file()), None)


def inside(root: Path = ROOT) -> bool:
    """Say whether this very process runs in the environment of `root`."""
    return Path(sys.prefix).resolve() == (root / ".venv").resolve()


def _active(program: Path) -> bool:
    """Say whether `python` already means `program`: folders decide, both may be the same link."""
    found = shutil.which("python")
    return found is not None and Path(found).parent.resolve() == program.parent.resolve()
