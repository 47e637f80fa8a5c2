"""What every attempt of a call works with. Values only; `call` decides the order of attempts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_ai.settings import ModelSettings

from controls.gateway import ledger
from controls.gateway.ledger import Ledger
from controls.policy import bundle, data, engine
from controls.policy.data import PolicyData, Route
from controls.policy.engine import Policy

if TYPE_CHECKING:
    from controls.run import Run


@dataclass(frozen=True, slots=True)
class Desk:
    """The run, its numbers, its policy and its books."""

    run: "Run"
    data: PolicyData
    policy: Policy
    books: Ledger

    @classmethod
    def open(cls, run: "Run") -> "Desk":
        """Return the desk of `run`, with the policy as it lies in the tree now.

        Raises:
            ControlsError: when policy/data.yaml is absent or malformed.
        """
        policy = engine.policy(bundle.load(run.root, run.manifest))
        numbers = data.load(run.root)
        return cls(run, numbers, policy, ledger.open(run.root, numbers.budgets.hold_minutes))


@dataclass(frozen=True, slots=True)
class Order:
    """Which model is asked, as the how-manyth, and where a low confidence leads.

    `cache` is how the caller wants recorded answers used, None where the environment decides.
    """

    ref: str
    number: int
    settings: ModelSettings | None
    route: Route | None
    cache: str | None = None
