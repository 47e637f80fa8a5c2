"""Keeps drafts in `.aiwf/review.db`. A change happens only if nobody changed the draft in between.

What may change into what is decided in `queue`.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from controls.errors import ControlsError
from controls.gateway.database import opened, writing
from controls.review.draft import Draft, State

FILE = Path(".aiwf/review.db")
SCHEMA = """
CREATE TABLE drafts (
    id TEXT PRIMARY KEY, run_id TEXT NOT NULL, question TEXT NOT NULL, drafted TEXT NOT NULL,
    text TEXT NOT NULL, citations TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL,
    actor TEXT NOT NULL, created TEXT NOT NULL, changed TEXT NOT NULL, disclosure TEXT NOT NULL,
    trace TEXT NOT NULL)
"""
Trace = Mapping[str, object]


def insert(root: Path, draft: Draft, trace: Trace) -> None:
    """Keep a new draft with what its trace needs when it is decided.

    Raises:
        ControlsError: when the file cannot be written.
    """
    values = (*_values(draft), json.dumps(trace))
    with opened(root / FILE, SCHEMA) as base:
        base.execute("INSERT INTO drafts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def swap(root: Path, before: Draft, after: Draft) -> Draft:
    """Replace `before` by `after` and return it with its new version.

    Raises:
        ControlsError: as `swapping` does.
    """
    with swapping(root, before, after) as stored:
        return stored


@contextmanager
def swapping(root: Path, before: Draft, after: Draft) -> Iterator[Draft]:
    """Give `after` with its new version; it replaces `before` when the block ends without an error.

    Raises:
        ControlsError: when the draft is no longer as `before` was; nothing is changed then.
    """
    stored = replace(after, version=before.version + 1, changed=now())
    with writing(root / FILE, SCHEMA) as base:
        done = base.execute(
            "UPDATE drafts SET text = ?, state = ?, version = ?, actor = ?, changed = ?,"
            " disclosure = ? WHERE id = ? AND version = ?",
            (
                *(stored.text, stored.state, stored.version, stored.actor, stored.changed),
                *(stored.disclosure, before.id, before.version),
            ),
        )
        if not done.rowcount:
            found = get(root, before.id)
            raise ControlsError(
                f"draft {before.id!r} was changed by {found.actor or 'somebody'} in between,"
                f" it is {found.state}",
                hint=f"read it again: python -m controls review show {before.id}",
            )
        yield stored


def get(root: Path, name: str) -> Draft:
    """Return the draft called `name`, or the only one whose id starts so.

    Raises:
        ControlsError: when there is none, or more than one.
    """
    found = [draft for draft in every(root) if draft.id.startswith(name)]
    exact = [draft for draft in found if draft.id == name] or found
    if len(exact) != 1:
        raise ControlsError(
            f"{len(exact) or 'no'} drafts are called {name!r}",
            hint="python -m controls review list --all",
        )
    return exact[0]


def every(root: Path) -> list[Draft]:
    """Return all drafts, oldest first.

    Raises:
        ControlsError: when the file cannot be read.
    """
    if not (root / FILE).exists():
        return []
    with opened(root / FILE, SCHEMA) as base:
        rows = base.execute("SELECT * FROM drafts ORDER BY created, id")
        return [_draft(row) for row in rows]


def trace(root: Path, name: str) -> Trace:
    """Return what `insert` kept for the trace of the draft `name`.

    Raises:
        ControlsError: when the file cannot be read.
    """
    with opened(root / FILE, SCHEMA) as base:
        row = base.execute("SELECT trace FROM drafts WHERE id = ?", (name,)).fetchone()
    kept: Trace = json.loads(row[0]) if row else {}
    return kept


def now() -> str:
    """Return this moment in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _values(draft: Draft) -> tuple[object, ...]:
    return (
        *(draft.id, draft.run_id, draft.question, draft.drafted, draft.text),
        *(json.dumps(draft.citations), str(draft.state), draft.version, draft.actor),
        *(draft.created, draft.changed, draft.disclosure),
    )


def _draft(row: sqlite3.Row) -> Draft:
    return Draft(
        id=row["id"],
        run_id=row["run_id"],
        question=row["question"],
        drafted=row["drafted"],
        text=row["text"],
        citations=tuple(json.loads(row["citations"])),
        state=State(row["state"]),
        version=row["version"],
        actor=row["actor"],
        created=row["created"],
        changed=row["changed"],
        disclosure=row["disclosure"],
    )
