"""Remembers what became of a task, when a person or a system says so after the run.

What was said last counts, and outweighs what the gateway could tell by itself (answered or not).
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from controls.errors import ControlsError
from controls.gateway import ledger
from controls.gateway.database import opened, writing

TABLE = (
    "CREATE TABLE IF NOT EXISTS outcomes"
    " (run_id TEXT PRIMARY KEY, success INTEGER NOT NULL, at TEXT NOT NULL) WITHOUT ROWID"
)


def record(root: Path, run_id: str, *, success: bool) -> None:
    """Remember that the task of `run_id` succeeded, or did not.

    Raises:
        ControlsError: when the books know no such run.
        Refused: when they cannot be written.
    """
    path = root / ledger.FILE
    known = path.exists()
    with writing(path, ledger.SCHEMA) as base:
        query = "SELECT 1 FROM attempts WHERE run_id = ?"
        if not known or base.execute(query, (run_id,)).fetchone() is None:
            raise ControlsError(
                f"{ledger.FILE} has no run {run_id!r}", hint="python -m controls trace lists runs"
            )
        base.execute(TABLE)
        row = (run_id, success, datetime.now(UTC).isoformat(timespec="seconds"))
        base.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", row)


def told(root: Path) -> dict[str, bool]:
    """Return what was said of each run; nothing where nobody said anything.

    Raises:
        Refused: when the books cannot be read.
    """
    with opened(root / ledger.FILE, ledger.SCHEMA) as base:
        return {row["run_id"]: bool(row["success"]) for row in _rows(base)}


def _rows(base: sqlite3.Connection) -> list[sqlite3.Row]:
    there = "SELECT 1 FROM sqlite_master WHERE name = 'outcomes'"
    if base.execute(there).fetchone() is None:
        return []
    return base.execute("SELECT run_id, success FROM outcomes").fetchall()
