"""Says which lane of CI a tier takes: which jobs must pass and which environment guards a release.

Standard library only: the first job of a workflow runs this before anything is installed, as
`python3 -m controls.workflows.lane [CHANGE]`, from a checkout of the base commit. The higher tier
of the base and of the folder CHANGE counts, so that a change cannot lower its own lane. It reads
`spec.risk.tier` itself, strictly, and stops on anything that it does not understand; the job that
has the environment compares it with what the manifest's own reader says.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MANIFEST = "ai-workflow.yaml"
_PATH = ("spec", "risk", "tier")
_ENTRY = re.compile(r"( *)([A-Za-z_][\w-]*):(?: +([^#]*?))? *(?:#.*)?")


@dataclass(frozen=True, slots=True)
class Lane:
    """What a tier asks of CI; a job that is not in `jobs` may be skipped."""

    tier: int
    name: str
    environment: str
    jobs: tuple[str, ...]


_ALWAYS = ("lane", "gate", "evals", "checks")
_LANES = {
    "fast": ("release-fast", _ALWAYS),
    "gated": ("release-gated", (*_ALWAYS, "red-team")),
    "restricted": ("release-restricted", (*_ALWAYS, "red-team", "sign-off")),
}
NAMES = tuple(_LANES)  # from the least that is asked to the most
_BY_TIER = {0: "fast", 1: "fast", 2: "gated", 3: "restricted", 4: "restricted"}


def of(tier: int) -> Lane:
    """Return the lane of `tier`, 0 to 4."""
    name = _BY_TIER[tier]
    environment, jobs = _LANES[name]
    return Lane(tier, name, environment, jobs)


def read(manifest: str) -> int:
    """Return `spec.risk.tier` of a manifest's text.

    Raises:
        ValueError: when it is not there exactly once, in block style, as a number from 0 to 4.
    """
    open_keys: list[tuple[int, str]] = []
    found: list[str] = []
    for line in manifest.splitlines():
        match = _ENTRY.fullmatch(line.rstrip())
        if match is None:
            continue
        indent = len(match[1])
        open_keys = [entry for entry in open_keys if entry[0] < indent]
        open_keys.append((indent, match[2]))
        if tuple(key for _, key in open_keys) == _PATH:
            found.append(match[3] or "")
    if len(found) != 1 or found[0] not in {"0", "1", "2", "3", "4"}:
        raise ValueError(f"{_MANIFEST} must say spec.risk.tier once, as a number from 0 to 4")
    return int(found[0])


def stricter(one: str, other: str) -> bool:
    """Say whether the lane `one` asks for more than the lane `other`."""
    return NAMES.index(one) > NAMES.index(other)


def main(folders: Sequence[str]) -> int:
    """Print tier, lane, environment and jobs as outputs of a job; 2 when the tier is unclear."""
    try:
        lane = of(max(read(Path(name, _MANIFEST).read_text("utf-8")) for name in (".", *folders)))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"tier={lane.tier}\nlane={lane.name}\nenvironment={lane.environment}\n")
    sys.stdout.write(f"jobs={' '.join(lane.jobs)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
