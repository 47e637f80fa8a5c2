"""Computes the label that goes with every output, from facts that others recorded.

"verified by eval" is said only where a set that verifies answers passed, whole and at its own floor
or above, for this very prompt file and this response model, and only of words that no person
changed afterwards. The report must be the one that the traces vouch for, of this very tree
(`controls.evals.evidence`). Nobody can set a label; without evidence it says less.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from controls.evals import evidence, sets
from controls.prompts import Prompt
from controls.reply import Source

REPORTS = Path(".aiwf/reports/evals")
State = tuple[str, int, int, int]  # name, inode, time of the change, bytes
DOT = " · "


def label(
    root: Path,
    prompt: Prompt | None,
    response_model: str,
    *,
    human_edited: bool,
    sources: Sequence[Source],
) -> str:
    """Return the label: "model-drafted · sources attached · verified by eval smoke_v1" at best."""
    parts = ["model-drafted" if response_model else "no model was asked"]
    if human_edited:
        parts.append("human-edited")
    parts.append("sources attached" if sources else "no sources")
    if prompt and response_model and not human_edited:
        passed = verified(root, prompt.sha256, response_model)
        parts += [f"verified by eval {', '.join(passed)}"] if passed else ["not verified by eval"]
    return DOT.join(parts)


def verified(root: Path, prompt_sha256: str, response_model: str) -> tuple[str, ...]:
    """Return the names of the sets that this prompt and this response model passed.

    Looked up once for as long as no report changes: every run of a server asks it.
    """
    return _verified(root, prompt_sha256, response_model, _states(root))


@lru_cache(maxsize=64)
def _verified(
    root: Path, prompt_sha256: str, response_model: str, _states: tuple[State, ...]
) -> tuple[str, ...]:
    return tuple(
        name
        for name, report in reports(root)
        if _about(report, prompt_sha256, response_model)
        and _passed(report, sets.answer_floor(root, name))
        and evidence.current(root, name)
    )


def reports(root: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield name and content of each eval report, by name; one that is not JSON is no evidence."""
    for path in sorted((root / REPORTS).glob("*.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(report, dict) and report.get("set") == path.stem:
            yield path.stem, report


def _states(root: Path) -> tuple[State, ...]:
    """Return what tells whether a report was touched; no user can set the time of a change back."""
    found = []
    for path in sorted((root / REPORTS).glob("*.json")):
        with suppress(OSError):  # gone meanwhile
            stat = path.stat()
            found.append((path.name, stat.st_ino, stat.st_ctime_ns, stat.st_size))
    return tuple(found)


def _passed(report: Mapping[str, object], own_floor: float | None) -> bool:
    """Say whether the whole set reached a floor that is not below its own, and above nothing."""
    exit_status, cases = report.get("exit"), report.get("cases")
    rate, floor = report.get("rate"), report.get("floor")
    if type(exit_status) is not int or type(cases) is not int or not isinstance(rate, float):
        return False
    if (
        own_floor is None
        or not isinstance(floor, float | int)
        or report.get("complete") is not True
    ):
        return False
    return exit_status == 0 < cases and rate >= floor >= own_floor and floor > 0


def _about(report: Mapping[str, object], prompt_sha256: str, response_model: str) -> bool:
    prompt, models = report.get("prompt"), report.get("models")
    return (
        isinstance(prompt, dict)
        and prompt.get("sha256") == prompt_sha256
        and isinstance(models, list)
        and response_model in models
    )
