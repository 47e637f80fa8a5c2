"""Verb `doctor`: what this machine, this repository and its forge still lack.

Only looks and changes nothing. The forge is asked which protections are live when the environment
has a token for it; without one they are "unknown", with the command that would tell. Exit status 1
when something that this machine or this forge needs is missing.
"""

import argparse
import importlib.util
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from controls import git
from controls.errors import ControlsError
from controls.forge import here
from controls.paint import Paint, paint
from controls.report import Report
from controls.workflows import lane

if TYPE_CHECKING:  # doctor also runs before there is an environment
    from controls.check.model import Outcome

OLDEST = (3, 11)
NEEDED = (2, 38)
SHOWN = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing looked at: `state` is ok, missing, pending or unknown; `hint` says what to do."""

    about: str
    state: str
    found: str
    hint: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add nothing: doctor takes no options."""
    del parser


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return every fact, in the order in which they are needed."""
    del args
    facts = [*_machine(root), *_repository(root), *_forge(root)]
    text = "\n".join(_lines(facts, paint(sys.stdout)))
    data = [dict[str, object](asdict(fact)) for fact in facts]
    return Report(data, text, int(any(fact.state == "missing" for fact in facts)))


def _machine(root: Path) -> Iterator[Fact]:
    yield _python()
    yield _git()
    yield _found("make", shutil.which("make"), "install the package make")
    yield _environment(root)
    if (root / "controls/action").is_dir():
        yield _sandbox()


def _sandbox() -> Fact:
    from controls.action import sandbox  # noqa: PLC0415 - only tier 4 has tools

    if told := sandbox.broken():
        return Fact("sandbox", "pending", told, sandbox.HINT)
    return Fact("sandbox", "ok", "a tool runs in bubblewrap here")


def _python() -> Fact:
    version = sys.version.split()[0]
    if sys.version_info[:2] < OLDEST:
        return Fact("Python", "missing", version, "3.11 or newer: make setup PYTHON=python3.11")
    return Fact("Python", "ok", version)


def _git() -> Fact:
    try:
        words = git.text(Path.cwd(), "version").split()
    except ControlsError as error:
        return Fact("git", "missing", error.message, error.hint or "install the package git")
    version = tuple(int(part) for part in words[2].split(".")[:2] if part.isdecimal())
    if version < NEEDED:
        return Fact("git", "missing", words[2], "2.38 or newer is needed")
    return Fact("git", "ok", words[2])


def _found(name: str, path: str | None, hint: str) -> Fact:
    return Fact(name, "ok", path) if path else Fact(name, "missing", "not on PATH", hint)


def _environment(root: Path) -> Fact:
    if not (root / ".venv").is_dir():
        return Fact("environment", "missing", "there is no .venv", "make setup")
    from controls import setup  # noqa: PLC0415 - a script that runs without this package

    if root == setup.ROOT and not setup.current():
        return Fact("environment", "missing", ".venv was not made from these locks", "make setup")
    return Fact("environment", "ok", ".venv is in date with the locks")


def _repository(root: Path) -> Iterator[Fact]:
    yield _identity(root)
    yield _hook(root)
    if importlib.util.find_spec("yaml") and importlib.util.find_spec("jsonschema"):
        yield from _pending(root)


def _identity(root: Path) -> Fact:
    try:
        return Fact(
            "identity", "ok", git.text(root, "var", "GIT_AUTHOR_IDENT").rpartition(">")[0] + ">"
        )
    except ControlsError:
        hint = "git config user.name NAME; git config user.email ADDRESS"
        return Fact("identity", "missing", "git does not know who you are", hint)


def _hook(root: Path) -> Fact:
    try:
        path = root / git.text(root, "rev-parse", "--git-path", "hooks") / "pre-commit"
    except ControlsError as error:
        return Fact("hook", "missing", error.message, error.hint or "git init, then make setup")
    if not path.is_file():
        return Fact("hook", "pending", "no pre-commit hook", "make setup")
    return Fact("hook", "ok", "pre-commit hook installed")


def _pending(root: Path) -> Iterator[Fact]:
    from controls.check.command import STATIC, context, prove  # noqa: PLC0415 - needs .venv
    from controls.check.model import State  # noqa: PLC0415 - needs .venv

    for result in prove(context(root), STATIC).results:
        outcome = result.outcome
        if outcome.state is State.pending:
            yield Fact(result.control.id, "pending", _said(outcome), result.control.remedy)


def _said(outcome: "Outcome") -> str:
    messages = [finding.message for finding in outcome.findings]
    more = f" (and {len(messages) - SHOWN} more)" if len(messages) > SHOWN else ""
    return "; ".join(messages[:SHOWN]) + more


def _forge(root: Path) -> Iterator[Fact]:
    is_gitlab = (root / ".gitlab-ci.yml").is_file()
    if not (is_gitlab or (root / ".github").is_dir()):
        yield Fact("forge", "unknown", "no CI workflows here, so no protections are expected")
        return
    forge = here.of(root)
    if forge is None:
        token = "GITLAB_TOKEN=..." if is_gitlab else "GH_TOKEN=$(gh auth token)"
        hint = f"{token} make doctor"
        yield Fact("forge", "unknown", "only the forge knows which protections are live", hint)
        return
    try:
        environment = lane.of(lane.read((root / "ai-workflow.yaml").read_text("utf-8"))).environment
        found = forge.protections(environment)
    except (ControlsError, OSError, ValueError) as error:
        hint = error.hint if isinstance(error, ControlsError) else ""
        yield Fact("forge", "unknown", str(error), hint)
        return
    for one in found:
        yield Fact(one.name, str(one.live), one.found, one.hint)


def _lines(facts: list[Fact], paint: Paint) -> Iterator[str]:
    styles = {"ok": "ok", "missing": "failed", "pending": "pending", "unknown": "dim"}
    width = max(len(fact.about) for fact in facts)
    for fact in facts:
        state = paint(styles[fact.state], f"{fact.state:<8}")
        used = 4 + 8 + width
        yield f"  {state} {fact.about:<{width}}  {paint.cut(fact.found, used)}"
        if fact.hint:
            yield paint("dim", f"  {'':<8} {'':<{width}}  hint: {fact.hint}")
