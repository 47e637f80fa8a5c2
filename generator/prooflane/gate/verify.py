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
LOG = Path(".venv", "setup.log")
# how pip and uv say that nothing answers
UNREACHABLE = re.compile(
    r"error sending request|failed to fetch|dns error|name resolution|name or service not known"
    r"|network is unreachable|connection refused|connection error|timed out|no route to host"
    r"|newconnectionerror|max retries exceeded",
    re.IGNORECASE,
)


class Verdict(StrEnum):
    """What is known of a new repository."""

    verified = "verified"
    failed = "failed"
    unverified = "unverified"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the workflow, with what must be shown beside it; at tier 1 it is a draft."""

    question: str
    text: str
    citations: tuple[str, ...]
    disclosure: str
    cost_usd: float
    draft: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A control that is not ok, and why."""

    id: str
    title: str
    state: str
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, its reason when it is not verified, and what the repository says of itself.

    A cost is `notional` where nobody is paid it.
    """

    verdict: Verdict
    reason: str = ""
    said: str = ""
    ok: int = 0
    findings: tuple[Finding, ...] = ()
    cost_usd: float = 0.0
    notional: bool = False
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
        return _not_set_up(root, setup.said)
    # what `make check` runs, with its result as data
    command = (str(root / PYTHON), "-m", "controls", "verify", "--json")
    check = yield from process.run("check", command, root, prints_data=True)
    data = mapping(check.data)
    controls = _section(data, "controls")
    return Verification(
        verdict=Verdict.failed if check.status else Verdict.verified,
        reason="make check failed" if check.status else "",
        said=check.said,
        ok=int(str(controls.get("ok", 0))),
        findings=tuple(findings(controls)),
        cost_usd=float(str(data.get("cost_usd", 0))),
        notional=data.get("notional") is True,
        answer=_answer(_section(data, "answer") or _ask(root)),
    )


def _not_set_up(root: Path, said: str) -> Verification:
    if UNREACHABLE.search(said + _log(root)):
        return Verification(Verdict.unverified, "no package registry is reachable", said)
    return Verification(Verdict.failed, "make setup failed", said)


def _log(root: Path) -> str:
    try:
        return (root / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def findings(controls: Mapping[str, object]) -> Iterator[Finding]:
    """Return the controls that are not ok in what `python -m controls check --json` prints."""
    rows = controls.get("controls", [])
    for row in rows if isinstance(rows, list) else []:
        if row["state"] != "ok":
            said = next(map(_message, row["findings"]), "")
            yield Finding(row["id"], row["title"], row["state"], said)


def _message(finding: Mapping[str, object]) -> str:
    line = f":{finding['line']}" if finding.get("line") else ""
    place = f"{finding['path']}{line}: " if finding.get("path") else ""
    return f"{place}{finding['message']}"


def _ask(root: Path) -> Mapping[str, object]:
    command = (str(root / PYTHON), "-m", "controls", "ask", "--json", QUESTION)
    return mapping(process.capture(command, root))


def _answer(said: Mapping[str, object]) -> Answer | None:
    if not said:
        return None
    cited = said.get("citations", [])
    return Answer(
        question=str(said.get("question", QUESTION)),
        text=str(said.get("answer", "")),
        citations=tuple(map(str, cited)) if isinstance(cited, list) else (),
        disclosure=str(said.get("disclosure", "")),
        cost_usd=float(str(said.get("cost_usd", 0))),
        draft=str(said.get("review_id") or ""),
    )


def _section(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = data.get(name)
    return section if isinstance(section, dict) else {}


def mapping(printed: bytes) -> Mapping[str, object]:
    """Return the JSON object that a command printed; nothing when it printed something else."""
    try:
        data = json.loads(printed)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
