"""Asks the traces which models touched which data: closed days in Parquet, open ones in JSON lines.

Decides how calls are grouped, and joins each to what was in force for its revision at its moment
(`approval.py`). Which lines of which files are calls is decided in `tables.py`.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from controls.audit import tables
from controls.audit.approval import Source, Standing
from controls.audit.question import Question
from controls.errors import ControlsError
from controls.tracing import FOLDER, archive, read

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SELECT = {
    "standing": "i.standing",
    **{name: f"c.{name}" for name in (
        "classification", "provider", "model", "prompt", "prompt_version", "policy", "eval_set",
        "environment",
    )},
    "calls": "count(*)",
    "users": "count(DISTINCT enduser)",
    "response_models": "list(DISTINCT response_model)",
    "workspaces": "list(DISTINCT workspace)",
    "teams": "list(DISTINCT team)",
    "features": "list(DISTINCT feature)",
    "revisions": "list(DISTINCT c.revision)",
    "first": "min(start_unix_nano)",
    "last": "max(start_unix_nano)",
}  # fmt: skip
_COLUMNS = tuple(_SELECT)
_ROWS = f"""
SELECT {", ".join(_SELECT.values())}
FROM (SELECT * REPLACE (coalesce(revision, '') AS revision) FROM calls WHERE reached) c
JOIN turns i ON c.revision = i.revision
  AND c.start_unix_nano >= i.since AND c.start_unix_nano < i.until
GROUP BY ALL
"""  # noqa: S608  no input


@dataclass(frozen=True, slots=True)
class Row:
    """Calls that have all of this in common, and how they stood approved."""

    standing: Standing
    data: str
    model: str
    prompt: str
    policy: str
    eval_set: str
    environment: str
    calls: int
    users: int
    response_models: tuple[str, ...]
    workspaces: tuple[str, ...]
    teams: tuple[str, ...]
    features: tuple[str, ...]
    revisions: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows, those without an approval first, and what else must be known to read them.

    `refused` calls reached no model; `unfinished` runs were killed or still go on, so what they
    called is not in the traces; `torn` lines could not be read; `begin` is the first recorded day;
    `reviews` says whether the forge's were asked for.
    """

    question: Question
    rows: tuple[Row, ...]
    refused: int
    unfinished: int
    torn: int
    begin: str
    reviews: bool = False


def touched(root: Path, question: Question, source: Source, *, reviews: bool = False) -> Answer:
    """Return who touched the data of `question`; `reviews` says whether `source` asks the forge.

    Raises:
        ControlsError: when nothing was ever traced, or a compacted day cannot be read.
    """
    every = read.files(root)
    if not every:
        raise ControlsError(
            f"no span was recorded in {str(FOLDER)!r}, so nobody can tell", "make ask Q=…"
        )
    begin = every[0].parent.name
    files = [path for path in every if path.parent.name >= question.first_day]
    with ExitStack() as stack:
        database = stack.enter_context(archive.connection())
        tables.load(database, files, question, stack)
        known = _turns(database, root, question, source)
        rows = [_row(each, known) for each in database.execute(_ROWS).fetchall()]
        rows.sort(key=lambda row: (row.standing.approved, -row.calls, row.model))
        return Answer(
            question,
            tuple(rows),
            tables.count(database, tables.REFUSED),
            tables.count(database, tables.UNFINISHED),
            tables.count(database, tables.TORN),
            begin,
            reviews,
        )


def _turns(
    database: "DuckDBPyConnection", root: Path, question: Question, source: Source
) -> list[Standing]:
    """Make the table `turns`: from when on which standing held for which revision."""
    ran = database.execute(
        "SELECT coalesce(revision, '') FROM calls WHERE reached GROUP BY 1 ORDER BY 1"
    ).fetchall()
    found = source(root, [revision for (revision,) in ran], question.since, question.until)
    known: list[Standing] = []
    database.execute(
        "CREATE TEMP TABLE turns (revision VARCHAR, since BIGINT, until BIGINT, standing INTEGER)"
    )
    for revision, ruling in found.items():
        turns = ruling.turns(question.since, question.until)
        ends = [*(moment for moment, _ in turns[1:]), question.until]
        for (since, standing), until in zip(turns, ends, strict=True):
            if standing not in known:
                known.append(standing)
            row = (revision, since, until, known.index(standing))
            database.execute("INSERT INTO turns VALUES (?, ?, ?, ?)", row)
    return known


def _row(each: Sequence[object], known: Sequence[Standing]) -> Row:
    value = dict(zip(_COLUMNS, each, strict=True))
    text = {name: str(found or "") for name, found in value.items()}
    return Row(
        standing=known[int(text["standing"] or 0)],
        data=text["classification"] or "unknown",
        model=f"{text['provider']}:{text['model']}",
        prompt=f"{text['prompt']}@{text['prompt_version']}" if text["prompt"] else "",
        policy=text["policy"],
        eval_set=text["eval_set"],
        environment=text["environment"],
        calls=int(text["calls"]),
        users=int(text["users"] or 0),
        response_models=_names(value["response_models"]),
        workspaces=_names(value["workspaces"]),
        teams=_names(value["teams"]),
        features=_names(value["features"]),
        revisions=_names(value["revisions"]),
        first=int(text["first"]),
        last=int(text["last"]),
    )


def _names(values: object) -> tuple[str, ...]:
    return (
        tuple(sorted(str(value) for value in values if value)) if isinstance(values, list) else ()
    )
