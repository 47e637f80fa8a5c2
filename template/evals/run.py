"""Runs an eval set: `python -m evals.run --set smoke_v1 --max-cost 25 --min-pass 0.92`.

A thin entry: everything is decided in `controls/evals`.
"""

import sys
from contextlib import suppress
from pathlib import Path

INTERRUPTED = 130


def main() -> int:
    """Run the command and return its exit status, 2 outside of the environment."""
    try:
        from controls.evals import main as evals  # noqa: PLC0415  it must fail with a sentence
    except ImportError as error:
        sys.stderr.write(_broken(error))
        return 2
    return evals.main(Path(__file__).resolve().parents[1], sys.argv[1:])


def _broken(error: ImportError) -> str:
    with suppress(ImportError):
        from controls.absent import absent  # noqa: PLC0415  it may be what is gone

        if gone := absent():
            return f"error: the managed file {gone} is missing\nhint: git checkout {gone}\n"
    hint = "hint: make setup, then .venv/bin/python -m evals.run"
    return f"error: the environment is not set up: {error}\n{hint}\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
