"""Removes traces and content that are older than `spec.logging.retention`.

How old a file is say the records in it, never its name or its time stamp. What is open stays, and
so does a file without a single readable record: nobody knows how old it is.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from controls.errors import ControlsError
from controls.tracing import archive, claim, period

FOLDER_BYTES = 2 * 1024 * 1024 * 1024
_MOMENTS = re.compile(rb'"start_unix_nano":(\d+),"end_unix_nano":(\d+|null)')


@dataclass(frozen=True, slots=True)
class Expired:
    """A file that is gone; `newest` is the day of the last thing it recorded."""

    path: Path
    newest: date
    bytes: int


def expire(folder: Path, retention: str, today: date, limit: int = 0) -> Iterator[Expired]:
    """Remove what was recorded longer than `retention` ago, oldest first; yield each file.

    With a `limit`, stop as soon as the folder holds no more bytes than that, and read no file of a
    day that is kept: this is asked whenever a process begins to write.

    Raises:
        ControlsError: when `retention` is no duration.
    """
    first = min(period.before(today, retention), today)
    size = weight(folder) if limit else 1
    past = first if limit else today
    for path in traces(folder):
        if size <= limit or path.parent.name >= past.isoformat():
            continue
        day = newest(path)
        if day and day < first:
            with claim.claimed(path) as free:
                if free:
                    gone = Expired(path, day, path.stat().st_size)
                    path.unlink()
                    size -= gone.bytes if limit else 0
                    yield gone
        with suppress(OSError):  # only an empty folder goes
            path.parent.rmdir()


def due(folder: Path, retention: str, today: date) -> list[Path]:
    """Return the files that should be gone by `today`; only those of days that are past are read.

    Raises:
        ControlsError: when `retention` is no duration.
    """
    first = min(period.before(today, retention), today)
    past = [path for path in traces(folder) if path.parent.name < first.isoformat()]
    return [path for path in past if (day := newest(path)) and day < first]


def trim(folder: Path, retention: str, limit: int = FOLDER_BYTES) -> None:
    """Keep the folder below `limit`, as far as the retention allows; never stop a call for it."""
    with suppress(OSError, ControlsError, ImportError):
        if weight(folder) > limit:
            list(expire(folder, retention, datetime.now(UTC).date(), limit))


def traces(folder: Path) -> list[Path]:
    """Return every trace file, by day and name."""
    return sorted([*folder.glob("*/*.jsonl"), *folder.glob("*/*.parquet")])


def weight(folder: Path) -> int:
    """Return how many bytes the trace files take."""
    return sum(path.stat().st_size for path in traces(folder))


def newest(path: Path) -> date | None:
    """Return the day of the last moment that the file records, None when it records none."""
    last = archive.newest(path) if path.suffix == ".parquet" else _last(path)
    return datetime.fromtimestamp(last / 1e9, UTC).date() if last else None


def _last(path: Path) -> int:
    with path.open("rb") as file:
        found = (match for line in file for match in _MOMENTS.finditer(line))
        moments = (match[2] if match[2] != b"null" else match[1] for match in found)
        return max(map(int, moments), default=0)
