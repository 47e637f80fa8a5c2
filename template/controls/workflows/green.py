"""The last job of a pull request: green only when each job that the lane requires succeeded.

Standard library only, run as `python3 -m controls.workflows.green [FOLDER]` with the required names
in REQUIRED. The results are in NEEDS, as GitHub gives them, or in FOLDER, where each job left its
own in a file of its name. A job that was skipped, cancelled or is missing did not succeed.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def missing(results: Mapping[str, str], required: tuple[str, ...]) -> dict[str, str]:
    """Return the jobs that keep this from being green, with their results.

    A job outside `required` may be skipped, but not fail.
    """
    red = {name: results.get(name, "missing") for name in required}
    red |= {name: result for name, result in results.items() if result != "skipped"}
    return {name: result for name, result in red.items() if result != "success"}


def main(folders: Sequence[str] = ()) -> int:
    """Return 0 when all is green, 1 with a line for each job that is not, 2 called wrongly."""
    try:
        results = _left(Path(folders[0])) if folders else _needs(os.environ["NEEDS"])
        required = tuple(os.environ["REQUIRED"].split())
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        source = f"{folders[0]!r}" if folders else "NEEDS"
        sys.stderr.write(f"error: {source} and REQUIRED do not hold the jobs: {error!r}\n")
        return 2
    if not required:
        sys.stderr.write("error: the lane requires no job\n")
        return 1
    red = missing(results, required)
    for name, result in sorted(red.items()):
        sys.stdout.write(f"{name}: {result}\n")
    sys.stdout.write("not green\n" if red else f"green: {', '.join(required)}\n")
    return 1 if red else 0


def _needs(text: str) -> dict[str, str]:
    return {name: str(need["result"]) for name, need in json.loads(text).items()}


def _left(folder: Path) -> dict[str, str]:
    """Return what the jobs left in `folder`; links lead nowhere that counts."""
    files = (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    return {path.name: path.read_text("utf-8", "replace").strip() for path in files}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
