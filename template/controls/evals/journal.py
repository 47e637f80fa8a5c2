"""What an eval run has found so far, appended case by case, so that a killed run can be resumed.

One file for each run, `.aiwf/reports/evals/runs/<set>-<id>.jsonl`: what was asked first, then one
line for each result, written at once. A line that was torn by a kill is no result: its case runs
again. A finished run removes its file; a file that still has a writer is never taken over.
"""

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from controls.errors import ControlsError
from controls.evals.cases import Answer, Case
from controls.evals.results import Result, State
from controls.tracing import claim

FOLDER = Path(".aiwf/reports/evals/runs")
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Head:
    """What a run was asked; a resumed one is asked the same, under the same ceiling."""

    set: str
    inputs_sha256: str
    model: str
    profile: str
    epochs: int
    cases: tuple[str, ...]
    cap: str
    started: str


_HEAD = TypeAdapter(Head)
_ANSWER = TypeAdapter(Answer | None)


@dataclass(slots=True)
class Journal:
    """The open journal of one run; `kept` are the results of the turns before it was killed."""

    path: Path
    head: Head
    kept: Mapping[Key, Mapping[str, object]]
    _descriptor: int = field(repr=False)

    def find(self, turn: int, case: Case) -> Result | None:
        """Return what `case` gave in its run number `turn`, None where that is still to be run."""
        row = self.kept.get((turn, case.id))
        try:
            return _result(row, case) if row else None
        except (KeyError, ValueError):
            return None  # no result of ours: the case runs again

    def add(self, turn: int, result: Result) -> None:
        """Append a result; a case that did not run has none."""
        if result.state is not State.skipped:
            _append(self._descriptor, {"turn": turn, **_row(result)})

    def close(self, *, finished: bool) -> None:
        """End the journal; that of a finished run is removed, its report says everything."""
        if finished:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


def begin(root: Path, head: Head) -> Journal:
    """Return a new journal; those that earlier runs of the set left behind are removed."""
    for path in _left(root, head.set):
        with claim.claimed(path) as nobodys:
            if nobodys:
                path.unlink(missing_ok=True)
    path = root / FOLDER / f"{head.set}-{head.cap.rpartition('-')[2]}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _opened(path)
    _append(descriptor, dataclasses.asdict(head))
    return Journal(path, head, {}, descriptor)


def resume(root: Path, asked: Head) -> Journal:
    """Return the journal of the last run of the set that did not finish.

    Raises:
        ControlsError: when there is none, it is still being written, or it was asked something
            else: results of another tree must not be mixed with today's.
    """
    paths = sorted(_left(root, asked.set), key=lambda path: path.stat().st_mtime_ns)
    if not paths:
        raise ControlsError(
            f"there is no interrupted run of {asked.set!r}", "leave out --resume to begin one"
        )
    path, descriptor = paths[-1], _taken(paths[-1], asked.set)
    try:
        head, kept = _read(path)
        _refuse_other(head, asked)
        if not path.read_bytes().endswith(b"\n"):
            os.write(descriptor, b"\n")  # the line that the kill tore ends here
    except BaseException:
        os.close(descriptor)
        raise
    return Journal(path, head, kept, descriptor)


def _refuse_other(head: Head, asked: Head) -> None:
    wanted = dataclasses.replace(asked, cap=head.cap, started=head.started)
    if head != wanted:
        raise ControlsError(
            f"the interrupted run of {asked.set!r} differs in {_differs(head, wanted)}",
            "leave out --resume to begin anew",
        )


def _taken(path: Path, name: str) -> int:
    """Return the journal opened for this process alone: of two that resume, one has to wait."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    if claim.take(descriptor):
        return descriptor
    os.close(descriptor)
    raise ControlsError(f"a run of {name!r} is still going on", "wait for it to end")


def _left(root: Path, name: str) -> list[Path]:
    found = (root / FOLDER).glob("*.jsonl")
    return [path for path in found if path.stem.rpartition("-")[0] == name]


def _opened(path: Path) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    claim.hold(descriptor)
    return descriptor


def _append(descriptor: int, row: Mapping[str, object]) -> None:
    os.write(descriptor, json.dumps(row).encode() + b"\n")


def _read(path: Path) -> tuple[Head, dict[Key, Mapping[str, object]]]:
    first, *rest = path.read_bytes().split(b"\n")
    try:
        head = _HEAD.validate_json(first)
    except ValueError as error:
        raise ControlsError(
            f"{path.name} is no journal of an eval run", "leave out --resume to begin anew"
        ) from error
    return head, {(int(str(row["turn"])), str(row["id"])): row for row in _rows(rest)}


def _rows(lines: Sequence[bytes]) -> Iterator[dict[str, object]]:
    for line in lines:
        with contextlib.suppress(ValueError):  # torn by the kill
            row = json.loads(line)
            if isinstance(row, dict) and {"turn", "id", "state"} <= row.keys():
                yield row


def _differs(head: Head, wanted: Head) -> str:
    names = (each.name for each in dataclasses.fields(head))
    different = [name for name in names if getattr(head, name) != getattr(wanted, name)]
    return ", ".join("the tree" if name == "inputs_sha256" else name for name in different)


def _row(result: Result) -> dict[str, object]:
    answer = result.answer
    told = dataclasses.asdict(answer) | {"cost_usd": str(answer.cost_usd)} if answer else None
    return {
        "id": result.case.id,
        "state": str(result.state),
        "reason": result.reason,
        "run_id": result.run_id,
        "answer": told,
    }


def _result(row: Mapping[str, object], case: Case) -> Result:
    answer = _ANSWER.validate_python(row["answer"])
    state, reason, run_id = (str(row[key]) for key in ("state", "reason", "run_id"))
    return Result(case, State(state), reason, answer, run_id)
