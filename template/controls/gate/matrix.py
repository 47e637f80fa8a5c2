"""Compares the policy's verdicts of both sides and says each loosened cell in a person's words.

A cell is loosened when the change allows it and the base does not, or does not know it: the same
name with another provider or address is another endpoint.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import controls
from controls.errors import ControlsError
from controls.gate import reading
from controls.gate.row import Compared, Row
from controls.gate.side import Side
from controls.manifest import NAME, Manifest

_CALLS = "controls.gate.calls"
_TIMEOUT = 120
_KEY = (
    *("model", "provider", "endpoint", "data_class"),
    *("tier", "environment", "approvers_named", "recorded"),
)
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says about one cell: the rules that deny it and where they are written."""

    rules: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def allow(self) -> bool:
        """Whether no rule denies it."""
        return not self.rules


Verdicts = Mapping[Key, Verdict]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The comparison, with every loosened cell for whoever wants them one by one."""

    compared: Compared
    loosened: tuple[dict[str, object], ...]


def compare(base: Side, change: Side) -> Matrix:
    """Return what `change` lets through that `base` did not.

    Raises:
        ControlsError: when one side cannot be judged.
    """
    with ThreadPoolExecutor(2) as pool:
        before, after = pool.map(verdicts, (base, change))
    keys = list(dict.fromkeys((*before, *after)))
    loose = [key for key in keys if _allows(after, key) and not _allows(before, key)]
    tight = sum(_allows(before, key) and not _allows(after, key) for key in keys)
    rows = tuple(_rows(loose, before, change))
    cells = tuple(
        {**dict(zip(_KEY, key, strict=True)), "before": _denied(before, key), "after": "allow"}
        for key in loose
    )
    return Matrix(Compared(len(keys), tight, rows), cells)


def verdicts(side: Side) -> Verdicts:
    """Return the verdict on each cell of `side`, from a process that has limits.

    Raises:
        ControlsError: when it cannot be judged, in time or at all.
    """
    home = Path(str(controls.__file__)).parents[1]
    env = {**os.environ, "PYTHONPATH": str(home), "PYTHONUTF8": "1"}
    command = [sys.executable, "-P", "-m", _CALLS, str(side.folder)]
    try:
        done = subprocess.run(
            command, cwd=side.folder, env=env, capture_output=True, check=False, timeout=_TIMEOUT
        )
    except subprocess.TimeoutExpired as error:
        raise ControlsError(f"its policy gave no answer within {_TIMEOUT} s") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines and done.returncode > 0 else "it was stopped at its limits"
        raise ControlsError(reason)
    rows = json.loads(done.stdout)
    return {
        tuple(row[part] for part in _KEY): Verdict(tuple(row["denied_by"]), tuple(row["at"]))
        for row in rows
    }


def _allows(known: Verdicts, key: Key) -> bool:
    return key in known and known[key].allow


def _denied(before: Verdicts, key: Key) -> str:
    return "denied by " + ", ".join(before[key].rules) if key in before else "no such endpoint"


def _rows(loose: list[Key], before: Verdicts, change: Side) -> Iterator[Row]:
    """Yield one row for each model and class, with the tiers and environments in it."""
    found = reading.manifest(change.folder) if loose else None
    groups: dict[tuple[object, ...], list[Key]] = {}
    for key in loose:
        groups.setdefault(key[:4], []).append(key)
    for (model, _, endpoint, name), keys in groups.items():
        path, line = _place(found, str(model), change, before, keys)
        was = "; ".join(dict.fromkeys(_denied(before, key) for key in keys))
        where = f"{name} data to {model}"
        if endpoint not in {"in-process", "provider-default"}:
            where += f" at {endpoint}"
        yield Row("calls", where, was, f"allowed {_extent(keys)}", path, line, len(keys))


def _extent(keys: list[Key]) -> str:
    tiers = sorted({int(str(key[4])) for key in keys})
    places = list(dict.fromkeys(str(key[5]) for key in keys))
    where = "everywhere" if len(places) == len(reading.ENVIRONMENTS) else f"in {', '.join(places)}"
    said = f"{tiers[0]}-{tiers[-1]}" if len(tiers) > 1 else str(tiers[0])
    if len(tiers) > 1 and len(tiers) != tiers[-1] - tiers[0] + 1:
        said = ", ".join(map(str, tiers))
    return f"at tier{'s' * (len(tiers) > 1)} {said} {where}"


def _place(
    found: Manifest | None, model: str, change: Side, before: Verdicts, keys: list[Key]
) -> tuple[str, int]:
    """Return the file that a person edited for this: the own rule that is gone, else the matrix."""
    places = {place for key in keys if key in before for place in before[key].places}
    own = sorted(place for place in places if place.startswith("policy/"))
    if own:
        path, _, line = own[0].partition(":")
        return path, int(line or 0) if path in change.files else 0
    refs = [endpoint.ref for endpoint in found.models] if found else []
    index = refs.index(model) if model in refs else 0
    return NAME, found.line("spec", "models", index, "allowed_data") if found else 0
