"""The shared library of evaluators: each judges one thing, and says what it cannot see.

A set names them in `set.yaml`; `module:Class` names one of your own. An evaluator that has nothing
to say about a case returns nothing; a case about which no evaluator said anything is an error.
"""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic_evals.evaluators import Evaluator

from controls.errors import ControlsError
from controls.evals.cases import Answer, Case, Wanted

Judge = Evaluator[Case, Answer, None]

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
    }
)


def build(wanted: Wanted, root: Path) -> Judge:
    """Return the evaluator that a set asks for; one with a field `root` is given the repository.

    Raises:
        ControlsError: when it is unknown, cannot be imported, or takes other arguments.
    """
    module, _, name = NAMES.get(wanted.name, wanted.name).partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
        own = {"root": root} if "root" in found.__dataclass_fields__ else {}
        judge = found(**own, **wanted.arguments)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        known = ", ".join(NAMES)
        raise ControlsError(
            f"evaluator {wanted.name!r} cannot be used: {error}", f"known: {known}, or module:Class"
        ) from error
    if not isinstance(judge, Evaluator):
        raise ControlsError(f"{wanted.name!r} is no pydantic-evals Evaluator")
    return judge
