"""Runs a verb that tells how far it is, and gives what it came to."""

from collections.abc import Callable, Generator
from typing import TypeVar

from prooflane.event import Event

T = TypeVar("T")
Show = Callable[[Event], None]


def follow(events: Generator[Event, None, T], show: Show) -> T:
    """Show each event, and return the result at the end."""
    while True:
        try:
            show(next(events))
        except StopIteration as end:
            result: T = end.value
            return result


def nothing(_event: Event) -> None:
    """Show nothing."""
