"""Finds and reads eval sets: the owner's room first, then the platform's.

Every mistake in a file is one sentence with file and line; a malformed case is never skipped. What
the cases must look like as a set (kinds, near-duplicates) is asked in `quality.py`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from controls import document
from controls import manifest as manifests
from controls.errors import ControlsError
from controls.evals import counterfactual, matrix, quarantine
from controls.evals.cases import Case, EvalSet, Wanted
from controls.evals.mutators import expand
from controls.evals.rows import case as parse
from controls.evals.rows import flag, mapping

ROOMS = (Path("evals/sets"), Path("controls/evals/sets"))
TASKS = ("ask", "gateway")
ANSWERS = "answers"
_FLAGS = frozenset({"gated", "critical", "matrix"})
_KEYS = _FLAGS | {
    *("name", "title", "verifies", "min_pass", "evaluators", "task", "quarantine"),
    *("mutators", "counterfactual", "max_difference"),
}


def names(root: Path, rooms: Sequence[Path] = ROOMS) -> tuple[str, ...]:
    """Return the names of all sets of `rooms`, the owner's first."""
    found = [
        path.parent.name for room in rooms for path in sorted((root / room).glob("*/set.yaml"))
    ]
    return tuple(dict.fromkeys(found))


def load(root: Path, name: str) -> EvalSet:
    """Return the set called `name`, its seeds expanded; it may be empty.

    Raises:
        ControlsError: when there is no such set, or its files are malformed.
    """
    return _set(root, _folder(root, name))


def answer_floor(root: Path, name: str) -> float | None:
    """Return the pass rate from which the set called `name` vouches for answers, None if it cannot.

    A set says so itself (`gated: true`, `verifies: answers`): one that attacks, or asks who may see
    what, says nothing about answers being right. What is absent or malformed vouches for nothing.
    """
    try:
        folder = _folder(root, name)
        head, place = _head(root, folder)
        vouches = head.get("gated") is True and head.get("verifies") == ANSWERS
        return _min_pass(head, place) if vouches else None
    except ControlsError:
        return None


def gated(root: Path, rooms: Sequence[Path] = ROOMS) -> tuple[EvalSet, ...]:
    """Return the sets whose verdict counts."""
    return tuple(loaded for name in names(root, rooms) if (loaded := load(root, name)).gated)


def _folder(root: Path, name: str) -> Path:
    for room in ROOMS:
        if name in names(root, (room,)):
            return root / room / name
    raise ControlsError(
        f"unknown eval set {name!r}", f"sets here: {', '.join(names(root)) or 'none'}"
    )


def _head(root: Path, folder: Path) -> tuple[Mapping[str, object], str]:
    place = (folder / "set.yaml").relative_to(root).as_posix()
    head = mapping(document.read(folder / "set.yaml", place).data, place)
    if unknown := head.keys() - _KEYS:
        known = ", ".join(sorted(_KEYS))
        raise ControlsError(f"{place}: unknown keys: {', '.join(sorted(unknown))}", known)
    for key in sorted(_FLAGS):
        flag(head.get(key), f"{place}: {key}")
    return head, place


def _min_pass(head: Mapping[str, object], place: str) -> float:
    min_pass = head.get("min_pass", 1.0)
    if not isinstance(min_pass, int | float) or not 0 <= min_pass <= 1:
        raise ControlsError(f"{place}: min_pass is {min_pass!r}, expected a number from 0 to 1")
    return float(min_pass)


def _set(root: Path, folder: Path) -> EvalSet:
    head, place = _head(root, folder)
    evaluators = head.get("evaluators")
    if not isinstance(evaluators, list) or not evaluators:
        raise ControlsError(f"{place}: evaluators is {evaluators!r}, expected a list of names")
    if head.get("task", "ask") not in TASKS:
        raise ControlsError(f"{place}: task is {head['task']!r}, expected one of {TASKS}")
    if head.get("verifies", ANSWERS) != ANSWERS:
        raise ControlsError(f"{place}: verifies is {head['verifies']!r}, expected {ANSWERS!r}")
    return EvalSet(
        name=folder.name,
        title=str(head.get("title", folder.name)),
        gated=head.get("gated") is True,
        verifies=head.get("verifies") == ANSWERS,
        min_pass=_min_pass(head, place),
        evaluators=tuple(_wanted(item, place) for item in evaluators),
        task=str(head.get("task", "ask")),
        path=folder.relative_to(root).as_posix(),
        cases=tuple(_cases(root, folder, head)),
        quarantine=tuple(_quarantine(head, place)),
        max_difference=_max_difference(head, place),
    )


def _max_difference(head: Mapping[str, object], place: str) -> float | None:
    """Return the limit of a set of pairs, None for any other; pairs without a limit are refused."""
    if "counterfactual" not in head:
        return None
    limit = head.get("max_difference")
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not 0 <= limit < 1:
        raise ControlsError(f"{place}: max_difference is {limit!r}, expected 0 or more, below 1")
    return float(limit)


def _quarantine(head: Mapping[str, object], place: str) -> Iterator[quarantine.Entry]:
    rows = head.get("quarantine") or []
    if not isinstance(rows, list):
        raise ControlsError(f"{place}: quarantine: expected a list, found {rows!r}")
    for row in rows:
        yield quarantine.entry(mapping(row, f"{place}: quarantine"), f"{place}: quarantine")


def _wanted(item: object, place: str) -> Wanted:
    if isinstance(item, str):
        return Wanted(item, {})
    named = list(mapping(item, f"{place}: evaluators").items())
    if len(named) != 1:
        raise ControlsError(f"{place}: evaluators: expected 'name' or 'name: {{arguments}}'")
    return Wanted(str(named[0][0]), mapping(named[0][1], f"{place}: evaluators"))


def _cases(root: Path, folder: Path, head: Mapping[str, object]) -> Iterator[Case]:
    seen: dict[str, int] = {}
    critical = head.get("critical") is True
    for place, line, row in _sources(root, folder, head):
        case = parse({"critical": critical, **row}, place, line)
        if case.id in seen:
            raise ControlsError(
                f"{place}:{line}: id {case.id!r} is there twice, first in line {seen[case.id]}"
            )
        seen[case.id] = line
        yield case


def _sources(
    root: Path, folder: Path, head: Mapping[str, object]
) -> Iterator[tuple[str, int, Mapping[str, object]]]:
    """Yield file, line and case: written out, of seeds, of the matrix, of another set's cases."""
    place = (folder / "cases.jsonl").relative_to(root).as_posix()
    for line, row in _rows(folder / "cases.jsonl", place):
        yield place, line, row
    place = (folder / "seeds.jsonl").relative_to(root).as_posix()
    for line, seed in _rows(folder / "seeds.jsonl", place):
        for row in expand(seed, head.get("mutators"), f"{place}:{line}"):
            yield place, line, row
    if head.get("matrix") is True:
        for line, row in matrix.rows(manifests.load(root)):
            yield manifests.NAME, line, row
    if "counterfactual" in head:
        yield from _pairs(root, folder, mapping(head["counterfactual"], "counterfactual"))


def _pairs(
    root: Path, folder: Path, wanted: Mapping[str, object]
) -> Iterator[tuple[str, int, Mapping[str, object]]]:
    """Yield both cases of each pair: a sample of another set's cases for each contrast."""
    place = (folder / counterfactual.FILE).relative_to(root).as_posix()
    sample = wanted.get("sample")
    if not isinstance(sample, int) or isinstance(sample, bool) or sample < 1:
        raise ControlsError(f"{place}: sample is {sample!r}, expected a whole number from 1")
    origin = _folder(root, str(wanted.get("of"))) / "cases.jsonl"
    name = origin.relative_to(root).as_posix()
    rows = counterfactual.spread([*_rows(origin, name)], sample)
    sources = [(name, line, row) for line, row in rows]
    for line, contrast in _rows(folder / counterfactual.FILE, place):
        yield from counterfactual.expand(contrast, sources, f"{place}:{line}")


def _rows(path: Path, place: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise ControlsError(f"{place} cannot be read: {error.strerror}") from error
    for line, content in enumerate(lines, 1):
        if content.strip():
            yield line, mapping(_parsed(content, f"{place}:{line}"), f"{place}:{line}")


def _parsed(content: bytes, at: str) -> object:
    """Return what a line of JSON says; it must be text that can be written down again."""
    try:
        found: object = json.loads(content.decode())
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeError as error:
        raise ControlsError(f"{at}: not UTF-8: {error.reason}") from error
    except ValueError as error:
        raise ControlsError(f"{at}: not JSON: {error}") from error
    except RecursionError as error:
        raise ControlsError(f"{at}: not JSON: nested too deep") from error
    return found
