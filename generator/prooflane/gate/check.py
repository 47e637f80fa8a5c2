"""Lets the checks of a tree judge that tree, before anybody has it.

`python -m controls` decides; it is run with the repository's own environment. What its verdict
means is decided here: passed, failed, or not run and why.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prooflane.event import Step
from prooflane.gate import process
from prooflane.gate.process import Ended
from prooflane.gate.verify import PYTHON, Finding, findings, mapping

# the change that is judged is the sync alone, not the branch that it is made on
OPTIONS = ("--json", "--base", "HEAD")


@dataclass(frozen=True, slots=True)
class Checked:
    """How many controls are ok, those that are not, and the reason why the rest was not checked."""

    ok: int = 0
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def failed(self) -> bool:
        """Whether a control failed."""
        return any(finding.state == "failed" for finding in self.findings)


def static(folder: Path, record: str) -> Generator[Step, None, Checked]:
    """Return what the static checks of the tree in `folder` say; nothing of it is executed.

    What a person still has to write into the decision `record` is pending, not failed.
    """
    if reason := _missing(folder):
        return Checked(reason=reason)
    command = ("check", "--static", *OPTIONS)
    ended = yield from _run("static checks", folder, command)
    said = mapping(ended.data)
    return checked(said, record) if "ok" in said else Checked(reason=_reason(ended))


def everything(folder: Path, record: str) -> Generator[Step, None, Checked]:
    """Return what lint, types, tests, evals and all controls of the tree in `folder` say.

    A step that fails without a control is the reason.
    """
    if reason := _missing(folder):
        return Checked(reason=reason)
    ended = yield from _run("all checks", folder, ("verify", *OPTIONS))
    said = mapping(ended.data)
    controls, steps = said.get("controls"), said.get("failed")
    if not isinstance(controls, dict) or "ok" not in controls:
        return Checked(reason=_reason(ended))
    named = [str(step) for step in steps if step != "controls"] if isinstance(steps, list) else []
    reason = f"{' and '.join(named)} failed" if named else ""
    return replace(checked(controls, record), reason=reason)


def _missing(folder: Path) -> str:
    there = (folder / PYTHON).exists()
    return "" if there else "not run, the repository has no environment: make setup"


def _run(name: str, folder: Path, words: tuple[str, ...]) -> Generator[Step, None, Ended]:
    command = (str(folder / PYTHON), "-m", "controls", *words)
    return (yield from process.run(name, command, folder, prints_data=True))


def checked(said: Mapping[str, object], record: str) -> Checked:
    """Return what the data of the checks says; what `record` still asks of a person is pending."""
    rows = said.get("controls")
    listed = rows if isinstance(rows, list) else []
    waits = {row["id"] for row in listed if _waits(row, record)}
    found = (
        replace(finding, state="pending") if finding.id in waits else finding
        for finding in findings(said)
    )
    return Checked(int(str(said["ok"])), tuple(found))


def _waits(row: Mapping[str, object], record: str) -> bool:
    found = row.get("findings")
    paths = {finding.get("path") for finding in found} if isinstance(found, list) else set()
    return bool(record) and paths == {record}


def _reason(ended: Ended) -> str:
    lines: Iterator[str] = (line.strip() for line in ended.said.splitlines())
    said = next(filter(None, lines), "they ended without a word")
    return f"not run, {said.removeprefix('error: ')}"
