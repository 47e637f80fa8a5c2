"""The projected input of a decision: the few facts about a call that rules may read.

Counts and names of users are left out on purpose, so that equal situations are equal values and a
decision can be cached. `controls/policy/complete.rego` lists the same fields with their values; a
field that is only on one side denies every call.
"""

import json
from dataclasses import asdict, dataclass


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
    """How the prompt stands to the tier's caps: `within` or `exceeded`."""

    context: str
    sources: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The input of one decision."""

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
        )

    def as_json(self) -> str:
        """Return the facts as canonical JSON, ready for any Rego engine."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
