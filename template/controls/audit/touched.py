"""Asks the traces which models touched which data: closed days in Parquet, open ones in JSON lines.

One database in memory, nothing written. A run's class is the highest that it met, so a question
about a class is answered with the calls of that class and above; a call whose class nobody recorded
counts as above all. Whether a call was approved is joined by revision and moment (`approval.py`).
"""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from controls.audit.approval import Source, Standing
from controls.errors import ControlsError
from controls.manifest import CLASSES
from controls.tracing import archive, read, semconv
from controls.tracing.setup import FOLDER

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KEYS = {
    "run_id": semconv.RUN_ID, "operation": semconv.OPERATION,
    "classification": semconv.CLASSIFICATION, **archive.ASKED,
}  # fmt: skip
_RESOURCE = (semconv.VCS_REVISION, semconv.ENVIRONMENT)
_PLAIN = ("name", "span_id", "start_unix_nano", "end_unix_nano")
_LONGEST = 256 * 1024 * 1024
_ROWS = """
SELECT i.standing, classification, provider, model, prompt, prompt_version, policy, eval_set,
  environment, count(*), count(DISTINCT enduser), list(DISTINCT response_model),
  list(DISTINCT workspace), list(DISTINCT team), list(DISTINCT feature), list(DISTINCT c.revision),
  min(start_unix_nano), max(start_unix_nano)
FROM (SELECT * REPLACE (coalesce(revision, '') AS revision) FROM calls WHERE reached) c
ASOF JOIN turns i ON c.revision = i.revision AND c.start_unix_nano >= i.since
GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Question:
    """Which class, between which moments (nanoseconds since 1970), by which model if asked."""

    classification: str
    since: int
    until: int
    model: str | None


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
    called is not in the traces; `torn` lines could not be read; `begin` is the first recorded day.
    """

    question: Question
    rows: tuple[Row, ...]
    refused: int
    unfinished: int
    torn: int
    begin: str


def touched(root: Path, question: Question, source: Source) -> Answer:
    """Return who touched the data that `question` is about.

    Raises:
        ControlsError: when nothing was ever traced, or a compacted day cannot be read.
    """
    every = read.files(root)
    if not every:
        raise ControlsError(
            f"no span was recorded in {str(FOLDER)!r}, so nobody can tell", "make ask Q=…"
        )
    begin = every[0].parent.name
    day = f"{datetime.fromtimestamp(question.since / 1e9, UTC):%Y-%m-%d}"
    files = [path for path in every if path.parent.name >= day]
    with ExitStack() as stack:
        database = stack.enter_context(archive.connection())
        _load(database, files, question, stack)
        known = _turns(database, root, question, source)
        rows = [_row(each, known) for each in database.execute(_ROWS).fetchall()]
        rows.sort(key=lambda row: (row.standing.approved, -row.calls, row.model))
        counts = [_count(database, query) for query in (_REFUSED, _UNFINISHED, _TORN)]
    return Answer(question, tuple(rows), *counts, begin)


_REFUSED = "SELECT count(*) FROM calls WHERE NOT reached"
_UNFINISHED = """SELECT count(*) FROM (SELECT span_id FROM runs GROUP BY span_id
HAVING count(end_unix_nano) = 0)"""
_TORN = "SELECT count(*) FROM every WHERE name IS NULL"


def _load(
    database: "DuckDBPyConnection", files: Sequence[Path], question: Question, stack: ExitStack
) -> None:
    """Make the tables `calls`, `runs` and `every`, of what lies in `files`."""
    packed = [path for path in files if path.suffix == ".parquet"]
    old = _without_columns(database, packed)
    text = [path for path in files if path.suffix != ".parquet"]
    text += [_unpacked(path, stack) for path in old]
    parts = [f"SELECT {', '.join((*_PLAIN, *_KEYS))} FROM open_lines"]
    database.execute(f"CREATE TEMP TABLE open_lines AS {_of_lines(text, question)}")
    if fresh := [path for path in packed if path not in old]:
        named = ", ".join((*_PLAIN, *_KEYS))
        parts.append(f"SELECT {named} FROM read_parquet({_list(fresh)}, union_by_name = true)")
    database.execute(f"CREATE TEMP VIEW every AS {' UNION ALL '.join(parts)}")
    lower = ", ".join(f"'{name}'" for name in CLASSES[: CLASSES.index(question.classification)])
    within = f"start_unix_nano >= {question.since} AND start_unix_nano < {question.until}"
    above = f"coalesce(classification, '') NOT IN ({lower or 'NULL'})" if lower else "true"
    model = f"AND concat(provider, ':', model) = {_text(question.model)}" if question.model else ""
    database.execute(
        f"CREATE TEMP VIEW calls AS SELECT *, coalesce(decision = '{semconv.ALLOW}'"
        f" AND outcome IS DISTINCT FROM '{semconv.DENIED}', false) AS reached FROM every"
        f" WHERE operation = '{semconv.CHAT}' AND {within} AND {above} {model}"
    )
    database.execute(
        f"CREATE TEMP VIEW runs AS SELECT span_id, end_unix_nano FROM every"
        f" WHERE operation = '{semconv.INVOKE_WORKFLOW}' AND {within} AND {above}"
    )


def _of_lines(files: Sequence[Path], question: Question) -> str:
    """Return the query of what matters in files of JSON lines; a torn line is a row of nothing."""
    inside = {key: column for column, key in _KEYS.items() if key not in _RESOURCE}
    beside = {key: column for column, key in _KEYS.items() if key in _RESOURCE}
    shape = {
        **{name: "BIGINT" if name.endswith("nano") else "VARCHAR" for name in _PLAIN},
        "attributes": f"STRUCT({', '.join(f'{chr(34)}{key}{chr(34)} VARCHAR' for key in inside)})",
        "resource": f"STRUCT({', '.join(f'{chr(34)}{key}{chr(34)} VARCHAR' for key in beside)})",
    }
    named = [f'attributes."{key}" AS {column}' for key, column in inside.items()]
    named += [f'resource."{key}" AS {column}' for key, column in beside.items()]
    if not files:
        empty = ", ".join(
            f"NULL::{shape.get(name, 'VARCHAR')} AS {name}" for name in (*_PLAIN, *_KEYS)
        )
        return f"SELECT {empty} WHERE false"
    return (
        f"SELECT {', '.join((*_PLAIN, *named))} FROM read_json({_list(files)}, columns = {shape},"
        f" format = 'newline_delimited', ignore_errors = true, maximum_object_size = {_LONGEST})"
        f" WHERE name IS NULL OR start_unix_nano >= {question.since}"
    )


def _without_columns(database: "DuckDBPyConnection", packed: Sequence[Path]) -> list[Path]:
    """Return the Parquet files from before they had the columns that are asked for."""
    if not packed:
        return []
    query = (
        f"SELECT DISTINCT file_name FROM parquet_schema({_list(packed)}) WHERE name = 'revision'"
    )
    having = {Path(name) for (name,) in database.execute(query).fetchall()}
    return [path for path in packed if path not in having]


def _unpacked(path: Path, stack: ExitStack) -> Path:
    """Return a file with the lines of a Parquet file, which goes when the question is answered."""
    out = stack.enter_context(tempfile.NamedTemporaryFile(suffix=".jsonl"))
    for _, line in archive.lines(path):
        out.write(line + b"\n")
    out.flush()
    return Path(out.name)


def _turns(
    database: "DuckDBPyConnection", root: Path, question: Question, source: Source
) -> list[Standing]:
    """Make the table `turns`: from when on which standing held for which revision."""
    ran = database.execute(
        "SELECT coalesce(revision, '') FROM calls WHERE reached GROUP BY 1 ORDER BY 1"
    ).fetchall()
    found = source(root, [revision for (revision,) in ran], question.since, question.until)
    known: list[Standing] = []
    database.execute("CREATE TEMP TABLE turns (revision VARCHAR, since BIGINT, standing INTEGER)")
    for revision, ruling in found.items():
        for moment, standing in ruling.turns(question.since, question.until):
            if standing not in known:
                known.append(standing)
            row = (revision, moment, known.index(standing))
            database.execute("INSERT INTO turns VALUES (?, ?, ?)", row)
    return known


def _row(each: Sequence[object], known: Sequence[Standing]) -> Row:
    number, data, provider, model, prompt, version, policy, eval_set, where, *rest = each
    calls, users, responses, workspaces, teams, features, revisions, first, last = rest
    return Row(
        known[int(str(number))],
        str(data or "unknown"),
        f"{provider}:{model}",
        f"{prompt}@{version}" if prompt else "",
        str(policy or ""),
        str(eval_set or ""),
        str(where or ""),
        int(str(calls)),
        int(str(users)),
        *(_names(each) for each in (responses, workspaces, teams, features, revisions)),
        int(str(first)),
        int(str(last)),
    )


def _names(values: object) -> tuple[str, ...]:
    return (
        tuple(sorted(str(value) for value in values if value)) if isinstance(values, list) else ()
    )


def _count(database: "DuckDBPyConnection", query: str) -> int:
    return int(database.execute(query).fetchall()[0][0])


def _list(paths: Sequence[Path]) -> str:
    return f"[{', '.join(_text(str(path)) for path in paths)}]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
