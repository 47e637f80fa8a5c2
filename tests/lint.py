"""Run what `make lint` runs, as a generated repository runs its own checks: a line for each step.

Two steps at a time, each to its end whatever another one finds; a sign of life every four seconds.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "template"))

from controls.paint import paint
from controls.verify.execute import Waiting, execute
from controls.verify.progress import Progress
from controls.verify.steps import Step

BIN = Path(sys.executable).parent
RUFF = str(BIN / "ruff")
CONFIG = ("--config", "pyproject.toml")
STEPS = (
    Step("types", ((str(BIN / "mypy"),),)),
    Step("style", ((RUFF, "check", *CONFIG, "."), (RUFF, "format", *CONFIG, "--check", "."))),
    Step("layers", ((str(BIN / "lint-imports"),),)),
    Step("derived", ((sys.executable, "tests/regenerate", "--check"),)),
)


def main() -> int:
    """Return 1 when a step found something."""
    progress = Progress(sys.stdout, paint(sys.stdout, os.environ))
    passed = True
    for event in execute(ROOT, STEPS, workers=2, every=4):
        if isinstance(event, Waiting):
            progress.waiting(event)
        else:
            progress.ended(event, "", event.output)
            passed &= event.passed
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
