"""Keeps a provider's client open between calls: its connection costs more than many an answer.

One client an event loop and key, because a connection belongs to the loop that opened it. A loop
that is shut down in order (`asyncio.run`) closes its clients; one that is dropped takes them along.
Which model is behind a ref is decided in `providers`.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from functools import cache
from weakref import WeakKeyDictionary

from pydantic_ai.models import Model

from controls.gateway import providers
from controls.gateway.embedded.models import SYSTEM
from controls.manifest import Endpoint

Secret = tuple[str, str, str]  # ref, address, key: another key is another client


@dataclass(slots=True)
class _Clients:
    """The open clients of one process, by event loop."""

    by_loop: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Secret, _Kept]]" = field(
        default_factory=WeakKeyDictionary
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """A model that was entered, and the generator that leaves it when the loop shuts down."""

    model: Model
    until: AsyncGenerator[None]


async def open(endpoint: Endpoint) -> Model:  # noqa: A001  called as `clients.open`
    """Return the model behind `endpoint`, with its client open on the running event loop.

    Raises:
        Refused: when there is no such model, its library is missing, or its key is not set.
    """
    if endpoint.provider == SYSTEM:
        return providers.build(endpoint)
    kept = _clients(os.getpid()).by_loop.setdefault(asyncio.get_running_loop(), {})
    place = (endpoint.ref, endpoint.endpoint, os.environ.get(providers.key(endpoint.provider), ""))
    if place not in kept:
        model = providers.build(endpoint)
        kept[place] = _Kept(model, _entered(model))  # first: another task may ask meanwhile
        await anext(kept[place].until)
    return kept[place].model


async def _entered(model: Model) -> AsyncGenerator[None]:
    """Keep `model` entered until the generator is closed, which a loop does when it shuts down."""
    async with model:
        yield


@cache  # the only state here: a forked child starts anew, its parent's sockets are not its own
def _clients(process: int) -> _Clients:  # noqa: ARG001  the key
    return _Clients()
