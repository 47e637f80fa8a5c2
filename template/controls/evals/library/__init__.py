"""The shared library of evaluators: each judges one thing, and says what it cannot see.

A set names them in `set.yaml`; `module:Class` names one of your own. An evaluator that has nothing
to say about a case returns nothing; a case about which no evaluator said anything is an error.
"""

import importlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic_evals.evaluators import Evaluator

from controls.errors import ControlsError
from controls.evals.cases import Wanted
from controls.evals.contained import Judge

if TYPE_CHECKING:
    from controls.evals.task import Task


NAMES: Mapping[str, str] = MappingProxyType(
    {
        "contains": "controls.evals.library.answer:Contains",
        "excludes": "controls.evals.library.answer:Excludes",
        "cites": "controls.evals.library.grounding:Cites",
        "cites_retrieved": "controls.evals.library.grounding:CitesRetrieved",
        "abstains": "controls.evals.library.grounding:Abstains",
        "denied": "controls.evals.library.policy:Denied",
        "no_canary": "controls.evals.library.safety:NoCanary",
        "url_allowlist": "controls.evals.library.safety:UrlAllowlist",
        "latency": "controls.evals.library.effort:Latency",
        "cost": "controls.evals.library.effort:Cost",
        "tools": "controls.evals.library.tools:Tools",
        "span": "controls.evals.library.trace:HasSpan",
        "judge": "controls.evals.library.judge:Judge",
    }
)


def evaluators(task: "Task") -> Sequence[Judge]:
    """Return the evaluators that the task's set asks for.

    Raises:
        ControlsError: when one cannot be used.
    """
    given = {
        "root": task.root,
        "cap": task.cap,
        "evals": task.evals.name,
        "profile": task.profile,
    }
    return [build(wanted, given) for wanted in task.evals.evaluators]


def build(wanted: Wanted, given: Mapping[str, object]) -> Judge:
    """Return the evaluator that a set asks for; it gets those of `given` that it has fields for.

    Raises:
        ControlsError: when it is unknown, cannot be imported, or takes other arguments.
    """
    module, _, name = NAMES.get(wanted.name, wanted.name).partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), name)
        fields = found.__dataclass_fields__
        judge = found(**{key: given[key] for key in given if key in fields}, **wanted.arguments)
    except (Exception, SystemExit) as error:  # importing it runs the owner's code
        known = ", ".join(NAMES)
        raise ControlsError(
            f"evaluator {wanted.name!r} cannot be used: {type(error).__name__}: {error}",
            f"known: {known}, or module:Class",
        ) from error
    if not isinstance(judge, Evaluator):
        raise ControlsError(f"{wanted.name!r} is no pydantic-evals Evaluator")
    return judge


def reads_spans(judge: Judge) -> bool:
    """Say whether the evaluator may look at spans; what is not ours is given them in any case."""
    ours = type(judge).__module__.startswith(__name__)
    return bool(getattr(type(judge), "SPANS", not ours))
