"""The eval case that an incident leaves behind, so that it cannot return unnoticed.

It goes into `smoke_v1`, which gates every pull request at every tier, as a critical case whose
expected words are a blank: no answer can hold them, so the gate is red until a person has said
what is right.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError

SET = Path("evals/sets/smoke_v1/cases.jsonl")
BLANK = "<fill in: "
QUESTION = BLANK + "the question that led to the incident>"
EXPECTED = BLANK + "words that a right answer holds>"


@dataclass(frozen=True, slots=True)
class Case:
    """Where a case is, and whether a person has yet to fill it in."""

    id: str
    path: str
    line: int
    blank: bool


def append(root: Path, id_: str, question: str | None, record: str) -> Case:
    """Add the case to fill in to `smoke_v1` and return where it is.

    Raises:
        ControlsError: when the set is not there, or cannot be written.
    """
    case = {
        "id": id_,
        "kind": "incident",
        "question": question or QUESTION,
        "expect": {"contains": [EXPECTED]},
        "critical": True,
        "provenance": record,
    }
    try:
        with (root / SET).open("r+b") as file:
            before = file.read()
            gap = b"" if before.endswith(b"\n") or not before else b"\n"
            file.write(gap + json.dumps(case, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise ControlsError(
            f"{SET} cannot be written: {error.strerror}", hint="an incident's eval case goes there"
        ) from error
    return Case(id_, str(SET), (before + gap).count(b"\n") + 1, blank=True)


def find(root: Path, id_: str) -> Case | None:
    """Return the case called `id_` in any of the repository's own sets."""
    return next((case for case in _cases(root) if case.id == id_), None)


def _cases(root: Path) -> Iterator[Case]:
    for path in sorted((root / "evals" / "sets").glob("*/cases.jsonl")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            try:
                data = json.loads(line)
            except ValueError:
                continue  # a broken line is the eval runner's finding
            if isinstance(data, dict):
                name = path.relative_to(root).as_posix()
                yield Case(str(data.get("id")), name, number, blank=BLANK in line)
