"""What an entry is: one line of JSON that names the hash of the line before it.

`prev`, `seq` and `kind` come first, in this order, so that a reader of a million lines need not
parse them. Secrets are redacted before anything is hashed; what is `private` is sealed with the key
of its subject (`seal.py`). Where lines go is decided in `writer.py`.
"""

import functools
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from controls.errors import ControlsError
from controls.manifest import CLASSES
from controls.tracing.redact import redact

GENESIS = "0" * 64
LONGEST = 64 * 1024
START, REPAIR, EXPIRE, ERASE = "start", "repair", "expire", "erase"
INTENT, OUTCOME = "intent", "outcome"
OURS = frozenset(  # what the controls rest on, so that nobody may write it by hand
    (START, REPAIR, EXPIRE, ERASE, INTENT, OUTCOME, "call", "answer", "refusal", "stop", "resume",
     "override", "act-proposed", "act-refused", "act-expired")
)  # fmt: skip
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ENCODE = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, check_circular=False, allow_nan=False, default=str
).encode


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be recorded.

    `classification` decides how long it is kept: the class of the data that it is about, None for
    ever. `private` is what only the key of `subject` opens again.
    """

    kind: str
    classification: str | None
    facts: Mapping[str, object]
    subject: str = ""
    private: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The place of an entry that was written, and its hash."""

    seq: int
    hash: str
    at: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it was read back; `sealed` is base64, empty where nothing is private."""

    seq: int
    kind: str
    at: str
    classification: str | None
    subject: str
    facts: Mapping[str, object]
    sealed: str


def now() -> str:
    """Return this moment as entries have it: ISO 8601, UTC, microseconds."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(second)}.{rest // 1000:06d}+00:00"


@functools.lru_cache(maxsize=4)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]  # a third of what a line costs


def tail(act: Act, at: str, sealed: str = "") -> str:
    """Return the line of `act` from its kind on; all that does not depend on the line before.

    Raises:
        ControlsError: when kind or class is none, or the facts cannot be written in one entry.
    """
    if not _KIND.fullmatch(act.kind):
        raise ControlsError(f"{act.kind!r} is no kind of entry", "use a-z, 0-9 and dashes")
    if act.classification is not None and act.classification not in CLASSES:
        raise ControlsError(
            f"data class {act.classification!r} is unknown", f"one of: {', '.join(CLASSES)}"
        )
    fields = {"kind": act.kind, "at": at, "class": act.classification, "facts": act.facts}
    fields |= {"subject": act.subject} if act.subject else {}
    try:
        text = _ENCODE(fields)
    except ValueError as error:
        raise ControlsError(f"a fact cannot be written: {error}") from error
    if redact(text) != text:
        text = _ENCODE(fields | {"facts": _scrubbed(act.facts)})
    if sealed:
        text = f'{text[:-1]},"sealed":"{sealed}"}}'
    if len(text) > LONGEST:
        raise ControlsError(f"an entry of {len(text)} characters is too long", f"at most {LONGEST}")
    return text


def opening(previous: str, seq: int) -> bytes:
    """Return what the line of entry `seq` begins with when it follows the hash `previous`."""
    return f'{{"prev":"{previous}","seq":{seq},'.encode()


def line(previous: str, seq: int, rest: str) -> bytes:
    """Return the whole line, without its line end."""
    return opening(previous, seq) + rest[1:].encode("utf-8", "backslashreplace")


def digest(text: bytes) -> str:
    """Return the plain SHA-256 of what is named in an entry and not kept in one."""
    return sha256(text).hexdigest()


def parse(text: bytes) -> Entry:
    """Return the entry of a line.

    Raises:
        ControlsError: when it is none.
    """
    try:
        row = json.loads(text)
        return Entry(
            seq=int(row["seq"]),
            kind=str(row["kind"]),
            at=str(row["at"]),
            classification=row["class"],
            subject=row.get("subject", ""),
            facts=dict(row["facts"]),
            sealed=row.get("sealed", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ControlsError(f"{text[:40].decode(errors='replace')!r}… is no entry") from error


def _scrubbed(value: object) -> object:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {redact(str(key)): _scrubbed(item) for key, item in value.items()}
        case list() | tuple():
            return [_scrubbed(item) for item in value]
        case _:
            return value
