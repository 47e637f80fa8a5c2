"""Keeps answers, so that the same prompt need not be paid for twice, or can be replayed offline.

`AIWF_CACHE` says how: `live` (or unset) keeps nothing; `record` answers from the store and keeps
what it had to ask for; `replay` asks nobody, and a prompt that was never recorded is refused. An
answer is found by what the model was told (roles, texts, tools, settings), never by ids or times;
the prompts are not stored, and what is found passes policy and safety like any other answer.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from controls.gateway import tokens
from controls.gateway.database import opened, writing
from controls.gateway.guard import Prepared
from controls.gateway.refusal import Refused

if TYPE_CHECKING:
    from controls.run import Run

FILE = Path("evals/cassettes/calls.db")
SCHEMA = (
    "CREATE TABLE answers (key TEXT PRIMARY KEY, ref TEXT NOT NULL, response TEXT NOT NULL)"
    " WITHOUT ROWID"
)
VARIABLE = "AIWF_CACHE"
LIVE, RECORD, REPLAY = "live", "record", "replay"
CHANGING = {"timestamp", "tool_call_id", "run_id", "id", "provider_response_id", "conversation_id"}
_RESPONSE = TypeAdapter(ModelResponse)


@dataclass(frozen=True, slots=True)
class Tape:
    """The place of one prompt in the store."""

    path: Path
    mode: str
    ref: str
    key: str

    def find(self) -> ModelResponse | None:
        """Return the recorded answer, None where the model is to be asked.

        Raises:
            Refused: when there is none in replay, or the store is damaged.
        """
        if self.mode == LIVE:
            return None
        found = self._row()
        if found is None and self.mode == REPLAY:
            raise Refused(
                f"{FILE} holds no answer of {self.ref!r} to this prompt",
                hint=f"record it: {VARIABLE}={RECORD}, with the model's key set",
                rule="replay",
            )
        return _parsed(found) if found is not None else None

    def keep(self, response: ModelResponse) -> None:
        """Store `response` where the mode says so.

        Raises:
            Refused: when the store cannot be written.
        """
        if self.mode != RECORD:
            return
        text = _RESPONSE.dump_json(response).decode()
        with writing(self.path, SCHEMA) as base:
            base.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (self.key, self.ref, text)
            )

    def _row(self) -> str | None:
        if not self.path.exists():
            return None
        with opened(self.path, SCHEMA) as base:
            row = base.execute("SELECT response FROM answers WHERE key = ?", (self.key,)).fetchone()
        return str(row[0]) if row else None


def tape(run: "Run", ref: str, sent: Prepared, settings: ModelSettings) -> Tape:
    """Return the place of the prompt `sent` to `ref`.

    Raises:
        Refused: when the mode is unknown, or content would be kept in production.
    """
    chosen = mode()
    if chosen == LIVE:
        return Tape(run.root / FILE, LIVE, ref, "")
    if run.environment == "production":
        raise Refused(
            f"{VARIABLE}={chosen} is not allowed in production: answers would be kept in {FILE}",
            hint=f"unset {VARIABLE}",
            rule="cache",
        )
    given = [ref, list(_told(sent.messages)), _asked(sent.parameters), dict(settings)]
    text = json.dumps(given, sort_keys=True, default=str)
    for word in sent.secrets:  # the run's canary is told anew each time
        text = text.replace(word, "")
    return Tape(run.root / FILE, chosen, ref, hashlib.sha256(text.encode()).hexdigest())


def mode() -> str:
    """Return what the environment asks for.

    Raises:
        Refused: when it is none of the three words.
    """
    chosen = os.environ.get(VARIABLE) or LIVE
    if chosen not in {LIVE, RECORD, REPLAY}:
        raise Refused(
            f"{VARIABLE} {chosen!r} is unknown", f"one of: {LIVE}, {RECORD}, {REPLAY}", "cache"
        )
    return chosen


@contextmanager
def used(chosen: str | None) -> Iterator[None]:
    """Use the store as `chosen` says in the whole process meanwhile; None changes nothing."""
    before = os.environ.get(VARIABLE)
    if chosen is not None:
        os.environ[VARIABLE] = chosen
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)
        if before is not None:
            os.environ[VARIABLE] = before


def _told(messages: list[ModelMessage]) -> Iterator[object]:
    for message in messages:
        for part in message.parts:
            yield [message.kind, _lasting(asdict(part))]


def _asked(parameters: ModelRequestParameters) -> list[object]:
    tools = [*parameters.function_tools, *parameters.output_tools]
    told = tokens.instructions([], parameters)
    return [told, parameters.output_mode, [_lasting(asdict(tool)) for tool in tools]]


def _lasting(value: object) -> object:
    if isinstance(value, dict):
        return {key: _lasting(kept) for key, kept in value.items() if key not in CHANGING}
    if isinstance(value, (list, tuple)):
        return [_lasting(item) for item in value]
    return value


def _parsed(text: str) -> ModelResponse:
    try:
        return _RESPONSE.validate_json(text)
    except ValidationError as error:
        raise Refused(
            f"{FILE} holds an answer that cannot be read",
            hint=f"delete {FILE} and record anew",
            rule="replay",
        ) from error
