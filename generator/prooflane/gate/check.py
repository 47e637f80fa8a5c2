"""Lets the checks of a tree judge that tree, before anybody has it.

`python -m controls check` decides; it is run with the repository's own environment. What its
verdict means is decided here: passed, failed, or not run and why.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from prooflane.event import Step
from prooflane.gate import process
from prooflane.gate.verify import PYTHON, Finding, findings, mapping


@dataclass(frozen=True, slots=True)
class Checked:
    """How many controls are ok, those that are not, or the reason why nothing was checked."""

    ok: int = 0
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def failed(self) -> bool:
        """Whether a control failed."""
        return any(finding.state == "failed" for finding in self.findings)


def static(folder: Path) -> Generator[Step, None, Checked]:
    """Return what the static checks of the tree in `folder` say; nothing of it is executed."""
    return (yield from _check("static checks", folder, "--static"))


def everything(folder: Path) -> Generator[Step, None, Checked]:
    """Return what all checks of the tree in `folder` say: its code runs."""
    return (yield from _check("all checks", folder))


def _check(name: str, folder: Path, *options: str) -> Generator[Step, None, Checked]:
    python = folder / PYTHON
    if not python.exists():
        return Checked(reason="the repository has no environment: make setup")
    # the change that is judged is the sync alone, not the branch that it is made on
    command = (str(python), "-m", "controls", "check", *options, "--json", "--base", "HEAD")
    ended = yield from process.run(name, command, folder, prints_data=True)
    said = mapping(ended.data)
    if "ok" not in said:
        lines = [line.removeprefix("error: ") for line in ended.said.splitlines() if line.strip()]
        return Checked(reason=lines[0] if lines else "they ended without a word")
    return Checked(int(str(said["ok"])), tuple(findings(said)))
