"""The one import of the policy engine's wheel, and the calls of it that are used.

An engine object belongs to the thread that made it; from another it raises a BaseException.
"""

import importlib
from collections.abc import Callable
from typing import Protocol


class Engine(Protocol):
    """The calls of the engine that are used; its wheel carries no types."""

    def add_policy(self, path: str, rego: str, /) -> str:
        """Parse a module and return its package."""

    def add_data_json(self, data: str, /) -> None:
        """Add data."""

    def set_input_json(self, given: str, /) -> None:
        """Set the input of the next evaluation."""

    def eval_rule_as_json(self, rule: str, /) -> str:
        """Return the value of a rule as JSON."""

    def get_ast_as_json(self) -> str:
        """Return the syntax trees of all modules."""


engine: Callable[[], Engine] = importlib.import_module("regorus").Engine
