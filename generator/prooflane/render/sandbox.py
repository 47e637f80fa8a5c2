"""Jinja's sandbox with bounds: no expression of a template may ask for a gigantic value.

The sandbox itself keeps templates away from Python's internals and from long ranges. What it lets
through is a text of some gigabytes in a line of twenty characters.
"""

import re
from collections.abc import Callable, Sized
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

PADDING = ("center", "format", "indent")
LONGEST = 1_000_000
BITS = 4096
WIDTH = re.compile(r"\d{6}")


class BoundedEnvironment(SandboxedEnvironment):
    """Refuses what would make a value longer than a million items, or a number of 4,096 bits."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as Jinja's own
        super().__init__(**options)
        self.filters.update({name: bounded(name, self.filters[name]) for name in PADDING})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Return `left operator right`.

        Raises:
            SecurityError: when the result would be gigantic.
        """
        if _is_huge(operator, left, right):
            raise SecurityError(f"the result of {operator!r} would be gigantic")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Call `obj`, as `'x'.center(7)` does.

        Raises:
            SecurityError: when an argument is gigantic, or the sandbox refuses.
        """
        refuse_long(*args, *kwargs.values())
        return super().call(context, obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ANN401
        """Return `value`, the method `format` of a text, as the sandbox allows it.

        Raises:
            SecurityError: when the text pads something to a gigantic width.
        """
        wrapped = super().wrap_str_format(value)
        if wrapped is not None:
            refuse_wide(value.__self__)
        return wrapped


def bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter `function` called `name`, which pads nothing to a gigantic width."""

    def filtered(value: object, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as Jinja's own
        refuse_long(*args, *kwargs.values())
        if name == "format":
            refuse_wide(str(value))
        return function(value, *args, **kwargs)

    return filtered


def refuse_long(*values: object) -> None:
    """Return when no number among `values` is a gigantic length.

    Raises:
        SecurityError: when one is.
    """
    if any(isinstance(value, int) and abs(value) > LONGEST for value in values):
        raise SecurityError("a length would be gigantic")


def refuse_wide(text: str) -> None:
    """Return when the format `text` pads nothing to a gigantic width.

    Raises:
        SecurityError: when it does.
    """
    if WIDTH.search(text):
        raise SecurityError("a width would be gigantic")


def _is_huge(operator: str, left: object, right: object) -> bool:
    if operator == "%":
        return isinstance(left, str | bytes) and WIDTH.search(str(left)) is not None
    if isinstance(left, int) and isinstance(right, int):
        size = left.bit_length()
        return (size * abs(right) if operator == "**" else size + right.bit_length()) > BITS
    pairs = ((left, right), (right, left))
    return any(
        isinstance(many, Sized) and isinstance(times, int) and len(many) * times > LONGEST
        for many, times in pairs
    )
