"""Runs a verb that tells how far it is, and gives what it came to."""

from collections.abc import Callable, Generator
from typing import TypeVar

from prooflane.event import Event

T = TypeVar("T")
Show = Callable[[Event], None]


def follow(events: Generator[Event, None, T], show: Show) -> T:
    """Show each event, and return the result at the end; an interrupt is the verb's to clean up."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            show(event)
        except KeyboardInterrupt as interrupt:
            events.throw(interrupt)  # the verb was stopped, wherever the moment fell


def nothing(_event: Event) -> None:
    """Show nothing."""
