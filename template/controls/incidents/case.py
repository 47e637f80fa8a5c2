"""The eval case that an incident leaves behind, so that it cannot return unnoticed.

It goes into `smoke_v1`, which gates every pull request at every tier, or into another set of the
owner's, as a critical case. What a right answer is, a person says: at once, or later. Until then
its expected words are a blank, which no answer can hold, so the gate is red.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from controls.errors import ControlsError

SETS = Path("evals/sets")
DEFAULT = "smoke_v1"
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


@dataclass(frozen=True, slots=True)
class Lesson:
    """The question, and what a right answer is, as far as somebody has said so.

    `abstain` is an answer too.
    """

    question: str | None = None
    contains: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    abstain: bool = False

    def demands(self) -> dict[str, object]:
        """Return it as a case demands it, a blank where nothing was said."""
        if self.abstain:
            return {"abstain": True}
        said = {"contains": self.contains, "cites": self.cites, "excludes": self.excludes}
        demands: dict[str, object] = {key: list(texts) for key, texts in said.items() if texts}
        return demands or {"contains": [EXPECTED]}


def append(root: Path, name: str, id_: str, lesson: Lesson, record: str) -> Case:
    """Add the case to the set `name` and return where it is; one that is there already stays.

    Raises:
        ControlsError: when the set is not there, or cannot be written.
    """
    if there := find(root, id_):
        return there
    case = {
        "id": id_,
        "kind": "incident",
        "question": lesson.question or QUESTION,
        "expect": lesson.demands(),
        "critical": True,
        "provenance": record,
    }
    line = json.dumps(case, ensure_ascii=False)
    if Path(name).name != name:
        raise ControlsError(f"{name!r} is no name of a set", hint=f"one of {SETS}/*")
    path = SETS / name / "cases.jsonl"
    try:
        with (root / path).open("r+b") as file:
            before = file.read()
            gap = b"" if before.endswith(b"\n") or not before else b"\n"
            file.write(gap + line.encode() + b"\n")
    except OSError as error:
        raise ControlsError(
            f"{path} cannot be written: {error.strerror}", hint="an incident's eval case goes there"
        ) from error
    return Case(id_, path.as_posix(), (before + gap).count(b"\n") + 1, blank=BLANK in line)


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
