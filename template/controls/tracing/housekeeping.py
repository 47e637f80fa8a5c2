"""Compact, expire and erase: what `python -m controls trace WORD` does to the files of the past.

Decides only who is asked and what is said; days are compacted in `archive.py`, removed in
`expire.py`, and a person's content is made unreadable in `content.py`.
"""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from controls import manifest as manifests
from controls.errors import ControlsError
from controls.report import Report
from controls.tracing import FOLDER, archive, expire

WORDS = ("compact", "expire", "erase")


def run(root: Path, args: argparse.Namespace) -> Report:
    """Return what the word `args.run_id` has done.

    Raises:
        ControlsError: when a file cannot be compacted, or nobody is named to erase.
    """
    today = args.today or datetime.now(UTC).date()
    if args.run_id == "compact":
        return _compact(root / FOLDER, today)
    if args.run_id == "expire":
        return _expire(root, today)
    return _erase(root, args.subject)


def _compact(folder: Path, today: date) -> Report:
    done = list(archive.compact(folder, today))
    rows: list[dict[str, object]] = [
        {"day": row.day, "files": row.files, "lines": row.lines, "busy": row.busy,
         "bytes_before": row.before, "bytes_after": row.after}
        for row in done
    ]  # fmt: skip
    said = [
        f"{row.day}  {row.files} files, {row.lines} lines, {row.before} → {row.after} bytes"
        + (f"; {row.busy} still open" if row.busy else "")
        for row in done
    ]
    return Report(rows, "\n".join(said) or "nothing to compact: no closed day has lines of JSON")


def _expire(root: Path, today: date) -> Report:
    from controls.audit import retention as classes  # noqa: PLC0415  compact does without it
    from controls.tracing import content  # noqa: PLC0415  the same

    manifest = manifests.load(root)
    retention = manifest.logging["retention"]
    first = {name: kept.first for name, kept in classes.texts(manifest, today).items()}
    gone = [*expire.expire(root / FOLDER, retention, today), *content.expire(root, first)]
    rows: list[dict[str, object]] = [
        {"path": str(row.path.relative_to(root)), "newest": f"{row.newest}", "bytes": row.bytes}
        for row in gone
    ]
    said = [f"removed {row['path']}  last record {row['newest']}" for row in rows]
    weight = expire.weight(root / FOLDER)
    if weight > expire.FOLDER_BYTES:
        said.append(f"{FOLDER} holds {weight} bytes and nothing more is past {retention}")
    return Report(rows, "\n".join(said) or f"nothing is older than {retention}")


def _erase(root: Path, subject: str | None) -> Report:
    from controls.tracing import content  # noqa: PLC0415  compact does without it

    if not subject:
        raise ControlsError("nobody is named to erase", "trace erase --subject ID")
    erased = content.erase(root, subject)
    return Report(
        {"subject": erased.subject, "unreadable": erased.blobs},
        f"the key of {erased.subject} is destroyed: {erased.blobs} texts are unreadable for good",
    )
