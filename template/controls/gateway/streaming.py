"""Streams one attempt: the path of `attempt`, with the text handed on in pieces that passed.

What `window` holds back is never shown before it is judged. Tool calls wait for the end, because a
text that turns out unsafe takes them with it. A stream that breaks, or that nobody reads to its
end, is settled like every other attempt.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from pydantic_ai.messages import (
    BaseToolCallPart,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
)
from pydantic_ai.models import CompletedStreamedResponse, StreamedResponse

from controls.errors import ControlsError
from controls.gateway import asking, failure, guard, spans
from controls.gateway.clearance import clear
from controls.gateway.desk import Desk, Order
from controls.gateway.failure import CutOffError
from controls.gateway.guard import Checked, Prepared
from controls.gateway.settlement import Settlement
from controls.gateway.signals import Filtered, Signal
from controls.gateway.window import Window


@asynccontextmanager
async def streamed(desk: Desk, order: Order, sent: Prepared) -> AsyncIterator[StreamedResponse]:
    """Give the stream of what the model of `order` answers to `sent`.

    Raises:
        Refused: before the provider is reached: policy, price, budget, key.
        ProviderFailed: when the provider gave no answer, or only the beginning of one.
    """
    with spans.call(desk.run, order.ref, order.number) as span:
        account = Settlement(desk, order, await clear(desk, order, sent, span), span)
        cleared, calls = account.cleared, desk.data.calls
        allowed = guard.filter_of(desk.run, desk.data, sent)
        stream: GatewayStream | None = None
        try:
            if cleared.recorded or cleared.model is None:
                recorded = cleared.recorded or ModelResponse(parts=[])
                inner: StreamedResponse = CompletedStreamedResponse(
                    recorded, model_request_parameters=sent.parameters, replay_events=True
                )
                stream = GatewayStream(sent.parameters, inner, account, sent, Window(allowed))
                yield stream
                return
            async with asking.stream(cleared, cleared.model, sent, calls) as inner:
                stream = GatewayStream(sent.parameters, inner, account, sent, Window(allowed))
                yield stream
        except BaseException as error:
            if stream is not None and stream.settled:
                raise
            account.failed(error if stream is None else CutOffError())  # what its reader raises
            if isinstance(error, ControlsError) or not isinstance(error, Exception) or stream:
                raise
            raise failure.failed(order.ref, error, calls.timeout_seconds) from error
        finally:
            if stream is not None and not stream.settled:  # nobody read it to its end
                account.failed(CutOffError())


@dataclass
class GatewayStream(StreamedResponse):
    """A provider's stream behind the safety filter."""

    _inner: StreamedResponse
    _account: Settlement
    _sent: Prepared
    _window: Window
    settled: bool = field(default=False, init=False)
    _shown: list[str] = field(default_factory=list, init=False)
    _noticed: list[Signal] = field(default_factory=list, init=False)
    _blocked: bool = field(default=False, init=False)

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        waiting: list[ModelResponsePart] = []
        async for event in self._read():
            text, part = _taken(event)
            if part is not None and not isinstance(part, ThinkingPart):
                waiting.append(part)
                part = None
            for out in self._heard(text, part):
                yield out
        if not self._blocked:
            for out in self._told(self._window.rest()):
                yield out
        for part in waiting:
            for out in self._passed(part):
                yield out
        self._close()

    def _heard(self, text: str, part: ModelResponsePart | None) -> list[ModelResponseStreamEvent]:
        if self._blocked:  # read on all the same: what it cost is told at the end
            return []
        told = self._told(self._window.take(text)) if text else []
        return [*told, *(self._passed(part) if part is not None else [])]

    async def _read(self) -> AsyncIterator[ModelResponseStreamEvent]:
        """Yield what the provider sends; raises ProviderFailed where it stops before the end."""
        seconds = self._account.desk.data.calls.timeout_seconds
        until = asyncio.get_running_loop().time() + seconds
        events = aiter(self._inner)
        try:
            while True:
                async with asyncio.timeout_at(until):
                    event = await anext(events, None)
                if event is None:
                    break
                yield event
            failure.whole(self._inner.get())
        except Exception as error:
            self.settled = True
            self._account.failed(error)
            raise failure.failed(self._account.order.ref, error, seconds) from error

    def _told(self, found: Filtered) -> list[ModelResponseStreamEvent]:
        self._noticed += found.signals
        self._blocked = found.blocked
        if not found.text:
            return []
        said = f"\n\n{found.text}" if found.blocked and self._shown else found.text
        self._shown.append(said)
        return list(self._parts_manager.handle_text_delta(vendor_part_id="text", content=said))

    def _passed(self, part: ModelResponsePart) -> list[ModelResponseStreamEvent]:
        if self._blocked:
            return []
        passed = self._window.filter.part(part)
        if passed.found.blocked:
            return self._told(passed.found)
        self._noticed += passed.found.signals
        return [self._parts_manager.handle_part(vendor_part_id=None, part=passed.part)]

    def _close(self) -> None:
        whole = self._inner.get()
        self._usage = whole.usage
        self.finish_reason = "content_filter" if self._blocked else whole.finish_reason
        self.provider_details = whole.provider_details
        self.provider_response_id = whole.provider_response_id
        signals = tuple(self._noticed)
        checked = Checked(self.get(), "".join(self._shown), signals, self._blocked)
        self.settled = True
        self._account.answered(checked)
        noticed = (*self._sent.signals, *signals)
        spans.signalled(self._account.span, noticed or (spans.ALL_CLEAR,))
        if self._account.cleared.recorded is None:
            self._account.cleared.tape.keep(whole)

    async def close_stream(self) -> None:
        """Close the provider's stream; what it cost is booked when the caller leaves."""
        await self._inner.close_stream()

    @property
    def model_name(self) -> str:
        """The name that the provider answers under."""
        return self._inner.model_name

    @property
    def provider_name(self) -> str | None:
        """The provider's name."""
        return self._inner.provider_name

    @property
    def provider_url(self) -> str | None:
        """The provider's address."""
        return self._inner.provider_url

    @property
    def timestamp(self) -> datetime:
        """When the provider began to answer."""
        return self._inner.timestamp


def _taken(event: ModelResponseStreamEvent) -> tuple[str, ModelResponsePart | None]:
    """Return the text that `event` adds, and the part that it completes and that is no text."""
    if isinstance(event, PartStartEvent):
        if isinstance(event.part, TextPart):
            return event.part.content, None
        whole = not isinstance(event.part, (ThinkingPart, BaseToolCallPart))
        return "", event.part if whole else None
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return event.delta.content_delta, None
    if isinstance(event, PartEndEvent) and isinstance(event.part, (ThinkingPart, BaseToolCallPart)):
        return "", event.part
    return "", None
