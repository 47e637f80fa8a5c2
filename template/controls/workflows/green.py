"""The last job of a pull request: green only when each job that the lane requires succeeded.

Standard library only, run as `python3 -m controls.workflows.green` with the results of all jobs in
NEEDS, the required names in REQUIRED. A job that was skipped, cancelled or is missing did not
succeed.
"""

import json
import os
import sys
from collections.abc import Mapping


def missing(results: Mapping[str, str], required: tuple[str, ...]) -> dict[str, str]:
    """Return the jobs that keep this from being green, with their results.

    A job outside `required` may be skipped, but not fail.
    """
    red = {name: results.get(name, "missing") for name in required}
    red |= {name: result for name, result in results.items() if result != "skipped"}
    return {name: result for name, result in red.items() if result != "success"}


def main() -> int:
    """Return 0 when all is green, 1 with a line for each job that is not, 2 called wrongly."""
    try:
        needs = json.loads(os.environ["NEEDS"])
        results = {name: str(need["result"]) for name, need in needs.items()}
        required = tuple(os.environ["REQUIRED"].split())
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        sys.stderr.write(f"error: NEEDS and REQUIRED do not hold the jobs: {error!r}\n")
        return 2
    if not required:
        sys.stderr.write("error: the lane requires no job\n")
        return 1
    red = missing(results, required)
    for name, result in sorted(red.items()):
        sys.stdout.write(f"{name}: {result}\n")
    sys.stdout.write("not green\n" if red else f"green: {', '.join(required)}\n")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())
