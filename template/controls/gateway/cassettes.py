"""Keeps answers, so that the same prompt need not be paid for twice, or can be replayed offline.

How is the caller's word (`run.model(cache=…)`, `start(cache=…)`), else that of `AIWF_CACHE`: `live`
keeps nothing; `record` answers from the store and keeps what it had to ask for; `replay` asks
nobody, and a prompt that was never recorded is refused. An answer is found by what the model was
told (roles, texts, tools, settings), never by ids or times; the prompts are not stored. What is
found passes policy and safety like any other answer, and is booked at nothing.
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

from controls.errors import ControlsError
from controls.gateway import tokens
from controls.gateway.database import opened, writing
from controls.gateway.desk import Order
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
        """Return the recorded answer, None where there is none or nothing is kept.

        Raises:
            Refused: when the store is damaged.
        """
        found = self._row() if self.mode != LIVE else None
        return _parsed(found) if found is not None else None

    def missed(self) -> None:
        """Let a call without a recorded answer go on to its model.

        Raises:
            Refused: in replay, where nobody is asked.
        """
        if self.mode == REPLAY:
            raise Refused(
                f"{FILE} holds no answer of {self.ref!r} to this prompt",
                hint=f"record it: {VARIABLE}={RECORD}, with the model's key set",
                rule="replay",
            )

    def keep(self, response: ModelResponse) -> None:
        """Store `response` where the mode says so.

        Raises:
            ControlsError: when the store cannot be written; the call itself was made and booked.
        """
        if self.mode != RECORD:
            return
        try:
            text = _RESPONSE.dump_json(response).decode()
            with writing(self.path, SCHEMA) as base:
                base.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (self.key, self.ref, text)
                )
        except (Refused, ValueError) as error:
            raise ControlsError(
                f"the answer was booked, and cannot be kept in {FILE}: {error}",
                f"free the disk, or leave {VARIABLE} out",
            ) from error

    def _row(self) -> str | None:
        if not self.path.exists():
            return None
        with opened(self.path, SCHEMA) as base:
            row = base.execute("SELECT response FROM answers WHERE key = ?", (self.key,)).fetchone()
        return str(row[0]) if row else None


def tape(run: "Run", order: Order, sent: Prepared, settings: ModelSettings) -> Tape:
    """Return the place of the prompt `sent` to the model of `order`.

    Raises:
        Refused: when the mode is unknown, or content would be kept in production.
    """
    chosen, asker = mode(order.cache or run.cache)
    if chosen == LIVE:
        return Tape(run.root / FILE, LIVE, order.ref, "")
    if run.environment == "production":
        raise Refused(
            f"{asker} {chosen!r} is not allowed in production: answers would be kept in {FILE}",
            hint=f"leave {asker} out",
            rule="cache",
        )
    return Tape(run.root / FILE, chosen, order.ref, _key(order.ref, sent, settings))


def told(
    ref: str,
    messages: list[ModelMessage],
    parameters: ModelRequestParameters,
    settings: ModelSettings,
) -> str:
    """Return all that `ref` is told, as one text: roles, texts, tools and settings."""
    given = [ref, list(_told(messages)), _asked(parameters), dict(settings)]
    return json.dumps(given, sort_keys=True, default=str)


def _key(ref: str, sent: Prepared, settings: ModelSettings) -> str:
    text = told(ref, sent.messages, sent.parameters, settings)
    for word in sent.secrets:  # the run's canary is told anew each time
        text = text.replace(word, "")
    return hashlib.sha256(text.encode()).hexdigest()


def mode(wanted: str | None) -> tuple[str, str]:
    """Return how answers are kept, and whose word that is: the caller's, else the environment's.

    Raises:
        Refused: when it is none of the three words.
    """
    chosen, asker = (wanted, "cache") if wanted else (os.environ.get(VARIABLE) or LIVE, VARIABLE)
    if chosen not in {LIVE, RECORD, REPLAY}:
        raise Refused(
            f"{asker} {chosen!r} is unknown", f"one of: {LIVE}, {RECORD}, {REPLAY}", "cache"
        )
    return chosen, asker


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
