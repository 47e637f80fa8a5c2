"""Compacts closed days to one zstd Parquet file each, and reads such files back.

Every line of a day is kept as it was written, torn ones included; beside it stand the columns that
questions are asked of. A file that a process still has open is left for another time. The Parquet
file is complete and synced before any line of JSON is removed, and it names the files that it
replaces: a reader that finds both after a crash counts nothing twice.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from controls.errors import ControlsError
from controls.tracing import claim, semconv

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ASKED = {  # what questions across runs are about: column → its key
    "provider": semconv.PROVIDER,
    "model": semconv.REQUEST_MODEL,
    "response_model": semconv.RESPONSE_MODEL,
    "prompt": semconv.PROMPT_NAME,
    "prompt_version": semconv.PROMPT_VERSION,
    "policy": semconv.POLICY_BUNDLE,
    "decision": semconv.POLICY_DECISION,
    "outcome": semconv.OUTCOME,
    "enduser": semconv.USER,
    "workspace": semconv.WORKSPACE,
    "team": semconv.TEAM,
    "feature": semconv.FEATURE,
    "eval_set": semconv.EVAL_SET,
    "revision": semconv.VCS_REVISION,
    "environment": semconv.ENVIRONMENT,
}
COLUMNS = {
    "source": "VARCHAR",
    "number": "BIGINT",
    "run_id": "VARCHAR",
    "trace_id": "VARCHAR",
    "span_id": "VARCHAR",
    "name": "VARCHAR",
    "operation": "VARCHAR",
    "classification": "VARCHAR",
    **dict.fromkeys(ASKED, "VARCHAR"),
    "start_unix_nano": "BIGINT",
    "end_unix_nano": "BIGINT",
    "line": "VARCHAR",
}
_LONGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Compacted:
    """A day that is now one Parquet file; `busy` files still have a writer and stayed."""

    day: str
    files: int
    lines: int
    busy: int
    before: int
    after: int


def compact(folder: Path, today: date) -> Iterator[Compacted]:
    """Compact every day below `folder` that is over, and yield what was done.

    Raises:
        ControlsError: when a Parquet file does not hold every line; then nothing was removed.
    """
    for day in sorted(path for path in folder.glob("*") if path.is_dir()):
        if day.name < today.isoformat():
            with contextlib.ExitStack() as claims:
                files = sorted(day.glob("*.jsonl"))
                free = [path for path in files if claims.enter_context(claim.claimed(path))]
                if files:
                    yield _compact(day, free, len(files) - len(free))


def _compact(day: Path, files: Sequence[Path], busy: int) -> Compacted:
    before = sum(path.stat().st_size for path in files)
    lines, after = 0, 0
    if files:
        target = day / f"{secrets.token_hex(4)}.parquet"
        lines = _write(target, files)
        after = target.stat().st_size
        for path in files:
            path.unlink()
    return Compacted(day.name, len(files), lines, busy, before, after)


def _write(target: Path, files: Sequence[Path]) -> int:
    rows, draft = target.with_suffix(".rows"), target.with_suffix(".draft")
    try:
        with rows.open("w", encoding="utf-8") as out:
            lines = sum(out.write(json.dumps(row) + "\n") > 0 for row in _rows(files))
        with connection() as database:
            database.execute(
                f"COPY (SELECT * FROM read_json($rows, format = 'newline_delimited', "  # noqa: S608  no input
                f"columns = {COLUMNS}, maximum_object_size = {_LONGEST})) "
                f"TO '{_quoted(draft)}' (FORMAT parquet, COMPRESSION zstd)",
                {"rows": str(rows)},
            )
            kept = database.execute(
                "SELECT count(*) FROM read_parquet($file) WHERE line IS NOT NULL",
                {"file": str(draft)},
            ).fetchall()[0][0]
        if kept != lines:
            raise ControlsError(f"{target.parent.name} holds {lines} lines, {kept} were compacted")
        _sync(draft)
        draft.rename(target)
        _sync(target.parent)
    finally:
        rows.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)
    return lines


def _rows(files: Sequence[Path]) -> Iterator[dict[str, object]]:
    for path in files:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    yield {"source": path.name, "number": number, **_columns(text.rstrip(b"\n"))}


def _columns(text: bytes) -> dict[str, object]:
    line = text.decode("utf-8", "backslashreplace")
    try:
        record = json.loads(line)
        attributes = record["attributes"]
        keys = {**record["resource"], **attributes}
        named = {name: record[name] for name in COLUMNS if name in record and name != "line"}
    except (ValueError, KeyError, TypeError):
        return {"line": line}
    return named | {
        "run_id": str(attributes.get(semconv.RUN_ID, "")),
        "operation": str(attributes.get(semconv.OPERATION, "")),
        "classification": attributes.get(semconv.CLASSIFICATION),
        **{column: keys[key] for column, key in ASKED.items() if key in keys},
        "line": line,
    }


def lines(path: Path, runs: frozenset[str] | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield number and text of each line in a Parquet file, those of `runs` if asked."""
    chosen = "WHERE run_id IN (SELECT unnest($runs)) OR run_id IS NULL"
    query = f"SELECT line FROM read_parquet($file) {chosen if runs is not None else ''} "  # noqa: S608
    given = {"file": str(path)} | ({"runs": sorted(runs)} if runs is not None else {})
    with connection() as database:
        answer = database.execute(query + "ORDER BY source, number", given)
        number = 0
        while rows := answer.fetchmany(10_000):
            for (text,) in rows:
                number += 1
                yield number, text.encode()


def sources(path: Path) -> frozenset[str]:
    """Return the names of the files that the Parquet file replaces."""
    with connection() as database:
        found = database.execute(
            "SELECT DISTINCT source FROM read_parquet($file)", {"file": str(path)}
        )
        return frozenset(name for (name,) in found.fetchall())


def newest(path: Path) -> int:
    """Return the last moment that the Parquet file records, 0 when it records none."""
    query = "SELECT max(coalesce(end_unix_nano, start_unix_nano)) FROM read_parquet($file)"
    with connection() as database:
        return database.execute(query, {"file": str(path)}).fetchall()[0][0] or 0


@contextlib.contextmanager
def connection() -> Iterator["DuckDBPyConnection"]:
    """Open a DuckDB in memory that fetches nothing from anywhere.

    Raises:
        ControlsError: when a file is not the Parquet that it should be.
    """
    import duckdb  # noqa: PLC0415  slow to import, and needed for closed days only

    offline: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        with duckdb.connect(":memory:", config=offline) as database:
            yield database
    except duckdb.Error as error:
        raise ControlsError(
            f"a compacted day cannot be read: {str(error).splitlines()[0]}"
        ) from error


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
