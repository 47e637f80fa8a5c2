"""Sets a new repository up, lets it check itself, and asks it one question.

Decides what its answers mean: verified, failed, or not verified because no registry was reachable.
"""

import json
import re
import shutil
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from prooflane.errors import ProoflaneError
from prooflane.event import Step
from prooflane.gate import process

QUESTION = "how do I reset my password?"
PYTHON = Path(".venv", "bin", "python")
# how pip and uv say that nothing answers
UNREACHABLE = re.compile(
    r"error sending request|failed to fetch|dns error|name resolution|name or service not known"
    r"|network is unreachable|connection refused|connection error|timed out|no route to host"
    r"|newconnectionerror|no matching distribution|no registry|max retries exceeded|offline",
    re.IGNORECASE,
)


class Verdict(StrEnum):
    """What is known of a new repository."""

    verified = "verified"
    failed = "failed"
    unverified = "unverified"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the workflow, with what must be shown beside it."""

    question: str
    text: str
    citations: tuple[str, ...]
    disclosure: str
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A control that is not ok, and why."""

    id: str
    title: str
    state: str
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, its reason when it is not verified, and what the repository says of itself."""

    verdict: Verdict
    reason: str = ""
    output: str = ""
    ok: int = 0
    findings: tuple[Finding, ...] = ()
    answer: Answer | None = None


def require_make() -> None:
    """Return when the repository's commands can be run.

    Raises:
        ProoflaneError: when there is no make.
    """
    if shutil.which("make") is None:
        raise ProoflaneError("make is not installed", "install it, or add --no-verify")


def verify(root: Path) -> Generator[Step, None, Verification]:
    """Set the repository at `root` up, check it, and return what that proved."""
    setup = yield from process.run("set up", ("make", "setup"), root)
    if setup.status:
        unreachable = UNREACHABLE.search(setup.output) is not None
        verdict = Verdict.unverified if unreachable else Verdict.failed
        reason = "no package registry is reachable" if unreachable else "make setup failed"
        return Verification(verdict, reason, setup.output)
    check = yield from process.run("check", ("make", "check"), root)
    controls = _controls(root)
    findings = tuple(_findings(controls))
    verdict = Verdict.failed if check.status else Verdict.verified
    reason = "make check failed" if check.status else ""
    ok = int(str(controls.get("ok", 0)))
    return Verification(verdict, reason, check.output, ok, findings, _ask(root))


def _controls(root: Path) -> Mapping[str, object]:
    return _json(root, "check", "--json")


def _findings(controls: Mapping[str, object]) -> Iterator[Finding]:
    rows = controls.get("controls", [])
    for row in rows if isinstance(rows, list) else []:
        if row["state"] != "ok":
            first = next(iter(row["findings"]), {"message": ""})
            yield Finding(row["id"], row["title"], row["state"], first["message"])


def _ask(root: Path) -> Answer | None:
    said = _json(root, "ask", QUESTION, "--json")
    if not said:
        return None
    cited = said.get("citations", [])
    return Answer(
        question=QUESTION,
        text=str(said.get("answer", "")),
        citations=tuple(map(str, cited)) if isinstance(cited, list) else (),
        disclosure=str(said.get("disclosure", "")),
        cost_usd=float(str(said.get("cost_usd", 0))),
    )


def _json(root: Path, *verb: str) -> Mapping[str, object]:
    done = process.capture((str(root / PYTHON), "-m", "controls", *verb), root)
    try:
        data = json.loads(done.stdout)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
