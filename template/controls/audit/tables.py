"""Lays the traces out as tables to ask: closed days in Parquet, open ones in lines of JSON.

One database in memory, nothing written. A run's class is the highest that it met, so a question
about a class is about the calls of that class and above; a call whose class nobody recorded counts
as above all. A call that was refused reached no model.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from controls.audit.question import Question
from controls.manifest import CLASSES
from controls.tracing import archive, semconv

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KEYS = {
    "run_id": semconv.RUN_ID, "operation": semconv.OPERATION,
    "classification": semconv.CLASSIFICATION, **archive.ASKED,
}  # fmt: skip
_RESOURCE = (semconv.VCS_REVISION, semconv.ENVIRONMENT)
_PLAIN = ("name", "span_id", "start_unix_nano", "end_unix_nano")
_LONGEST = 256 * 1024 * 1024

REFUSED = "SELECT count(*) FROM calls WHERE NOT reached"
UNFINISHED = """SELECT count(*) FROM (SELECT span_id FROM runs GROUP BY span_id
HAVING count(end_unix_nano) = 0)"""
TORN = "SELECT count(*) FROM every WHERE name IS NULL"


def load(
    database: "DuckDBPyConnection", files: Sequence[Path], question: Question, stack: ExitStack
) -> None:
    """Make the tables `calls`, `runs` and `every`, of what lies in `files`."""
    packed = [path for path in files if path.suffix == ".parquet"]
    old = _without_columns(database, packed)
    text = [path for path in files if path.suffix != ".parquet"]
    text += [_unpacked(path, stack) for path in old]
    named = ", ".join((*_PLAIN, *_KEYS))
    parts = [f"SELECT {named} FROM open_lines"]  # noqa: S608  ours, or quoted
    database.execute(f"CREATE TEMP TABLE open_lines AS {_of_lines(text, question)}")
    if fresh := [path for path in packed if path not in old]:
        parquet = f"read_parquet({_list(fresh)}, union_by_name = true)"
        parts.append(f"SELECT {named} FROM {parquet}")  # noqa: S608  ours, or quoted
    database.execute(f"CREATE TEMP VIEW every AS {' UNION ALL '.join(parts)}")
    reached = (
        f"coalesce(decision = '{semconv.ALLOW}' AND outcome IS DISTINCT FROM"
        f" '{semconv.DENIED}', false)"
    )
    about = " AND ".join(_about(question))
    model = f"concat(provider, ':', model) = {_text(question.model)}" if question.model else "true"
    database.execute(
        f"CREATE TEMP VIEW calls AS SELECT *, {reached} AS reached FROM every"  # noqa: S608  ours, or quoted
        f" WHERE operation = '{semconv.CHAT}' AND {about} AND {model}"
    )
    database.execute(
        f"CREATE TEMP VIEW runs AS SELECT span_id, end_unix_nano FROM every"  # noqa: S608  ours, or quoted
        f" WHERE operation = '{semconv.INVOKE_WORKFLOW}' AND {about}"
    )


def _about(question: Question) -> Iterator[str]:
    """Yield what the time and the class of a question ask of a line."""
    yield f"start_unix_nano >= {question.since}"
    yield f"start_unix_nano < {question.until}"
    if lower := CLASSES[: CLASSES.index(question.classification)]:
        yield f"coalesce(classification, '') NOT IN ({', '.join(map(_text, lower))})"


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
        f"SELECT {', '.join((*_PLAIN, *named))}"  # noqa: S608  ours, or quoted
        f" FROM read_json({_list(files)}, columns = {shape}, format = 'newline_delimited',"
        f" ignore_errors = true, maximum_object_size = {_LONGEST})"
        f" WHERE name IS NULL OR start_unix_nano >= {question.since}"
    )


def _without_columns(database: "DuckDBPyConnection", packed: Sequence[Path]) -> list[Path]:
    """Return the Parquet files from before they had the columns that are asked for."""
    if not packed:
        return []
    query = f"SELECT file_name FROM parquet_schema({_list(packed)}) WHERE name = 'revision'"  # noqa: S608  ours, or quoted
    having = {Path(name) for (name,) in database.execute(query).fetchall()}
    return [path for path in packed if path not in having]


def _unpacked(path: Path, stack: ExitStack) -> Path:
    """Return a file with the lines of a Parquet file, which goes when the question is answered."""
    out = stack.enter_context(tempfile.NamedTemporaryFile(suffix=".jsonl"))  # noqa: SIM115  it does
    for _, line in archive.lines(path):
        out.write(line + b"\n")
    out.flush()
    return Path(out.name)


def count(database: "DuckDBPyConnection", query: str) -> int:
    """Return the one number that `query` asks for."""
    return int(database.execute(query).fetchall()[0][0])


def _list(paths: Sequence[Path]) -> str:
    return f"[{', '.join(_text(str(path)) for path in paths)}]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
