"""Runs the checks of a tier and combines their answers into one result per control.

Fails closed: nothing to look at, a check that is gone and a check that raises are all failed. What
a waiver, the lifecycle or the mode make of a state is decided in `controls.check.verdict`.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from controls.catalogue import Check, Control
from controls.check.model import Context, Finding, Outcome, State
from controls.errors import ControlsError

SEVERITY = (State.ok, State.pending, State.failed)


@dataclass(frozen=True, slots=True)
class Result:
    """A control with what its checks found together."""

    control: Control
    outcome: Outcome


def run(context: Context, control: Control, kinds: frozenset[str]) -> Result | None:
    """Return what the checks of `kinds` say about `control`, or None when it has none of them."""
    asked = replace(context, control=control)
    outcomes = [_one(asked, check) for check in control.checks if check.kind in kinds]
    return Result(control, combine(outcomes)) if outcomes else None


def combine(outcomes: list[Outcome]) -> Outcome:
    """Return the worst state, the sum of n, every evidence once and every finding."""
    return Outcome(
        max((outcome.state for outcome in outcomes), key=SEVERITY.index),
        sum(outcome.n for outcome in outcomes),
        ", ".join(dict.fromkeys(outcome.evidence for outcome in outcomes if outcome.evidence)),
        tuple(finding for outcome in outcomes for finding in outcome.findings),
    )


def _one(context: Context, check: Check) -> Outcome:
    try:
        function = _function(context.root, check.run)
        outcome = function(context)
    except KeyboardInterrupt:
        raise
    except ControlsError as error:
        return Outcome.failed(0, "", Finding(error.message, hint=error.hint))
    except BaseException as error:  # noqa: BLE001 - the policy engine raises beside Exception
        return Outcome.failed(0, "", Finding(_sentence(check, error)))
    if not isinstance(outcome, Outcome):
        return Outcome.failed(0, "", Finding(f"check {check.run!r} answered {outcome!r}"))
    if outcome.state is State.ok and outcome.n < 1:
        return Outcome.failed(0, outcome.evidence, Finding("there was nothing to check"))
    return outcome


def _function(root: Path, name: str) -> Callable[[Context], object]:
    module_name, _, function_name = name.partition(":")
    path = Path(*module_name.split(".")).with_suffix(".py")
    if not (root / path).is_file():
        raise ControlsError(
            f"check {name!r} is missing: there is no {path.as_posix()}",
            hint=f"git checkout {path.as_posix()}, or prooflane sync",
        )
    try:
        function: object = getattr(importlib.import_module(module_name), function_name)
    except ImportError as error:
        raise ControlsError(f"check {name!r} cannot start: {error}", hint="make setup") from error
    except AttributeError as error:
        raise ControlsError(f"check {name!r} is missing from {path.as_posix()}") from error
    if not callable(function):
        raise ControlsError(f"check {name!r} is no function")
    return function


def _sentence(check: Check, error: BaseException) -> str:
    first = next(_lines(error), "")
    return f"check {check.run!r} raised {type(error).__name__}" + (f": {first}" if first else "")


def _lines(error: BaseException) -> Iterator[str]:
    return (line.strip() for line in str(error).splitlines() if line.strip())
