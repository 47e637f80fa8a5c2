"""The projected input of a decision: the few facts about a call that rules may read.

Counts and names of users are left out on purpose, so that equal situations are equal values and a
decision can be cached. `controls/policy/complete.rego` lists the same fields with their values; a
field that is only on one side denies every call.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from controls.manifest import CLASSES

WITHIN: Final = "within"
EXCEEDED: Final = "exceeded"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; the user's name itself is nobody's business here."""

    workspace: str
    team: str
    feature: str
    user_known: bool


@dataclass(frozen=True, slots=True)
class Target:
    """The endpoint that would receive the data, as the manifest describes it."""

    ref: str
    provider: str
    owner_named: bool
    allowed_data: tuple[str, ...]
    priced: bool
    recorded: bool


@dataclass(frozen=True, slots=True)
class Request:
    """How the call stands to the tier's caps and to its budgets: WITHIN or EXCEEDED.

    `budget` is `unset` where a scope has no hard budget at all.
    """

    context: str
    sources: str
    budget: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The input of one decision; `logging` names what the call will leave a record of."""

    action: str
    environment: str
    tier: int
    lifecycle: str
    audience: str
    oversight: str
    owner_named: bool
    approvers_named: bool
    data_class: str
    caller: Caller
    endpoint: Target
    request: Request
    logging: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether each fact has the very type it should: `True == 1`, but it is another JSON.

        Only exact facts may be remembered: one that merely equals another may deserve another
        verdict.
        """
        endpoint, flag = self.endpoint, bool
        return (
            type(self.tier) is int
            and type(self.owner_named) is flag
            and type(self.approvers_named) is flag
            and type(self.caller.user_known) is flag
            and type(endpoint.owner_named) is flag
            and type(endpoint.priced) is flag
            and type(endpoint.recorded) is flag
            and type(endpoint.allowed_data) is tuple
            and type(self.logging) is tuple
        )

    def as_json(self) -> str:
        """Return the facts as canonical JSON, ready for any Rego engine."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def _fields() -> frozenset[str]:
    parts = {"caller": Caller, "endpoint": Target, "request": Request}
    inner = {f"{group}.{each.name}" for group, kind in parts.items() for each in fields(kind)}
    return frozenset(inner | {each.name for each in fields(Facts)})


# the place of every fact that a decision reads
FIELDS: Final = _fields()

# the facts with a closed set of values; complete.rego denies every other one
CLOSED: Final[Mapping[str, tuple[object, ...]]] = {
    "action": ("model.call",),
    "environment": ("development", "ci", "production"),
    "tier": (0, 1, 2, 3, 4),
    "lifecycle": ("experimental", "production", "deprecated"),
    "audience": ("internal", "customer"),
    "oversight": ("every-output", "sample", "none"),
    "owner_named": (True, False),
    "approvers_named": (True, False),
    "data_class": CLASSES,
    "caller.user_known": (True, False),
    "endpoint.owner_named": (True, False),
    "endpoint.priced": (True, False),
    "endpoint.recorded": (True, False),
    "request.context": ("within", "exceeded"),
    "request.sources": ("within", "exceeded"),
    "request.budget": ("within", "exceeded", "unset"),
}
