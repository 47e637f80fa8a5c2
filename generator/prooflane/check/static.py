"""Asks the repository for its own static checks, where its environment is set up.

No control's check is implemented here, and none is run by an environment that came with the
repository: `.venv` is what its owner made on this machine.
"""

import json
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from prooflane.check.finding import Finding, Rule, Static
from prooflane.event import Step
from prooflane.gate import process
from prooflane.gate.verify import PYTHON
from prooflane.git import marks

# drift and floor are judged here already, without an environment
OURS = frozenset({"TPL-1"})
COMMAND = ("-m", "controls", "check", "--static", "--json")
Outcome = tuple[Static | None, tuple[Finding, ...], tuple[str, ...]]


def static(root: Path) -> Generator[Step, None, Outcome]:
    """Return the counts and findings of the static checks, or a note why they did not run."""
    if not (root / PYTHON).exists():
        return None, (), ("the static checks did not run: make setup brings their environment",)
    if marks.is_tracked(root, PYTHON.parts[0]):
        return None, (), (f"the static checks did not run: {PYTHON.parts[0]} is in git",)
    command = (str(root / PYTHON), *COMMAND)
    ended = yield from process.run("static checks", command, root, prints_data=True)
    rows = list(_rows(ended.data))
    if not rows:
        message = f"the static checks ended without a result: {_said(ended.said)}"
        return None, (Finding(Rule.control, message, hint="make doctor"),), ()
    return _counts(rows), tuple(_findings(rows)), ()


def _rows(printed: bytes) -> Iterator[Mapping[str, object]]:
    try:
        data = json.loads(printed)
    except ValueError:
        return
    rows = data.get("controls") if isinstance(data, dict) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("id") not in OURS:
            yield row


def _said(printed: str) -> str:
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (errors or lines[-1:] or ["nothing was said"])[0]


def _counts(rows: list[Mapping[str, object]]) -> Static:
    states = [str(row.get("state")) for row in rows]
    return Static(*(states.count(state) for state in ("ok", "pending", "failed")))


def _findings(rows: list[Mapping[str, object]]) -> Iterator[Finding]:
    for row in rows:
        listed = row.get("findings")
        details = listed if isinstance(listed, list) and listed else [{}]
        for detail in details if row.get("state") == "failed" else ():
            yield _finding(row, detail if isinstance(detail, dict) else {})


def _finding(row: Mapping[str, object], detail: Mapping[str, object]) -> Finding:
    id_ = str(row.get("id"))
    line = detail.get("line")
    return Finding(
        Rule.control,
        f"{id_}: {detail.get('message') or row.get('title')}",
        str(detail.get("path") or ""),
        line if isinstance(line, int) else 0,
        str(detail.get("hint") or f"python -m controls check --only {id_}"),
        id_,
    )
