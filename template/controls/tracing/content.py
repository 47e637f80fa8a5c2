"""Keeps question and answer as encrypted blobs in `.aiwf/content/`, where the manifest allows it.

One key for each data subject: who must be erased loses the key, and every text of theirs becomes
unreadable, copies and backups of the blobs included. Spans hold digests only (`digest.py`). What is
kept is redacted first, like a span.
"""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from controls.errors import ControlsError
from controls.tracing import digest, keyring
from controls.tracing.expire import Expired
from controls.tracing.pseudonym import pseudonym
from controls.tracing.redact import redact

if TYPE_CHECKING:
    from controls.run import Run

FOLDER = Path(".aiwf/content")
QUESTION = "question"
ANSWER = "answer"
_NONCE = 12
_AFTER = 1 << 63  # nanoseconds: no date is that late


@dataclass(frozen=True, slots=True)
class Text:
    """One kept text; None where its key is destroyed or the blob was altered."""

    kind: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Erased:
    """A subject without a key, and how many texts that made unreadable."""

    subject: str
    blobs: int


def keep(run: "Run", kind: str, text: str) -> None:
    """Encrypt and store `text` when `spec.logging.content` is `encrypted`; else do nothing.

    Raises:
        ControlsError: when it cannot be stored.
    """
    if run.manifest.logging["content"] != "encrypted":
        return
    try:
        _store(run.root, _head(run, kind), redact(text))
    except OSError as error:
        raise ControlsError(
            f"content cannot be kept in {str(FOLDER)!r}: {error.strerror or error}",
            "make the folder writable and free some space",
        ) from error


def texts(root: Path, run_id: str) -> tuple[Text, ...]:
    """Return what was kept of a run, in the order in which it was said.

    Raises:
        ControlsError: when the file of a key does not hold one.
    """
    blobs = [(head, sealed) for _, head, sealed in _blobs(root) if head["run"] == run_id]
    blobs.sort(key=lambda blob: int(str(blob[0]["time"])))
    return tuple(Text(str(head["kind"]), _open(root, head, sealed)) for head, sealed in blobs)


def shown(root: Path, run_id: str) -> str:
    """Return the kept texts of a run for a terminal.

    Raises:
        ControlsError: when the file of a key does not hold one.
    """
    kept = texts(root, run_id)
    lines = [
        f"{entry.kind}: {'unreadable: its key is destroyed' if entry.text is None else entry.text}"
        for entry in kept
    ]
    return "\n".join(lines) or "no content was kept of this run"


def erase(root: Path, who: str) -> Erased:
    """Destroy the key of `who`, a subject or a user's name.

    Raises:
        ControlsError: when there is no such key.
    """
    for found in (who, pseudonym(root, who)):
        if keyring.is_subject(found) and keyring.destroy(root, found):
            return Erased(found, sum(head["subject"] == found for _, head, _ in _blobs(root)))
    raise ControlsError(f"no key of {who!r} exists", "python -m controls trace RUN --json names it")


def expire(root: Path, first: Mapping[str, date]) -> Iterator[Expired]:
    """Remove the blobs from before the `first` day that is kept of their class, and yield them.

    One without a class that is known counts as of the class that goes first.
    """
    for each in due(root, first):
        each.path.unlink()
        yield each


def due(root: Path, first: Mapping[str, date]) -> list[Expired]:
    """Return the blobs that are from before the `first` day that is kept of their class.

    One whose head is damaged is as old as its file, and goes with the class that goes first.
    """
    strictest = max(first.values())
    return [
        Expired(path, day, path.stat().st_size)
        for path, head, _ in _files(root)
        if (day := _day(path, head)) < first.get(str(head.get("class")), strictest)
    ]


def count(root: Path) -> int:
    """Return how many blobs there are, damaged ones included."""
    return sum(1 for _ in _files(root))


def _day(path: Path, head: Mapping[str, object]) -> date:
    seconds = int(str(head["time"])) / 1e9 if head else path.stat().st_mtime
    return datetime.fromtimestamp(seconds, UTC).date()


def _head(run: "Run", kind: str) -> dict[str, object]:
    return {
        "v": 1,
        "run": run.id,
        "subject": digest.subject(run.stamp()),
        "class": run.data_class,
        "kind": kind,
        "time": time.time_ns(),
    }


def _store(root: Path, head: dict[str, object], text: str) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  slow, seldom

    bound = json.dumps(head).encode()
    nonce = secrets.token_bytes(_NONCE)
    plain = text.encode("utf-8", "backslashreplace")
    sealed = AESGCM(keyring.key(root, str(head["subject"]))).encrypt(nonce, plain, bound)
    folder = root / FOLDER / str(head["subject"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{head['run']}-{secrets.token_hex(4)}.blob"
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(bound + b"\n" + nonce + sealed)
    draft.rename(path)  # whole or not at all


def _open(root: Path, head: dict[str, object], sealed: bytes) -> str | None:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  slow, seldom
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  slow, seldom

    key = keyring.known(root, str(head["subject"]))
    if key is None:
        return None
    try:
        return (
            AESGCM(key)
            .decrypt(sealed[:_NONCE], sealed[_NONCE:], json.dumps(head).encode())
            .decode()
        )
    except InvalidTag:
        return None  # of an earlier key of the same subject, or altered: nobody can read it


def _blobs(root: Path) -> Iterator[tuple[Path, dict[str, object], bytes]]:
    return (found for found in _files(root) if found[1])


def _files(root: Path) -> Iterator[tuple[Path, dict[str, object], bytes]]:
    """Yield path, head and sealed text of each blob; of a damaged or unfinished one no head."""
    for path in sorted((root / FOLDER).glob("*/*.*")):
        head, _, sealed = path.read_bytes().partition(b"\n")
        try:
            told = dict(json.loads(head))
            whole = 0 < int(told["time"]) < _AFTER and {"run", "subject", "kind"} <= told.keys()
        except (ValueError, TypeError, KeyError):
            whole = False
        yield path, told if whole and path.suffix == ".blob" else {}, sealed
