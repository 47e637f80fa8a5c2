"""What every test of generated code shares."""

import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def own_event_loop() -> Iterator[None]:
    """Close the loop that synchronous calls of a model run in; left open, a later test fails."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.run_until_complete(loop.shutdown_asyncgens())  # closes the clients of providers
    asyncio.set_event_loop(None)
    loop.close()
