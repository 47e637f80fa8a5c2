"""Lets tools and acts happen in production only where the policy lets a call of a model happen.

An act needs no less than an answer does: an owner, approvers, a life in production, and whatever
the owner's own rules ask for. Elsewhere nothing is decided here.
"""

from controls.gateway.refusal import PolicyRefused
from controls.manifest import CLASSES
from controls.policy import bundle, engine, inputs
from controls.policy.facts import Caller, Target
from controls.policy.matrix import WITHIN
from controls.run import Run

ENVIRONMENT = "production"


def refuse(run: Run, tool: str) -> None:
    """Let `tool` be used by `run`, or an act of it be done.

    Raises:
        PolicyRefused: in production, with what the policy lacks.
    """
    if run.environment != ENVIRONMENT:
        return
    here = Target(
        ref=f"tool:{tool}",
        provider=inputs.EMBEDDED,
        owner_named=True,
        allowed_data=CLASSES,
        priced=True,
        recorded=True,
    )
    who = Caller(run.workspace or "", run.team, run.feature, user_known=bool(run.user))
    place = inputs.Place(run.environment, run.data_class, WITHIN, (inputs.PROMPT, inputs.TRACE))
    policy = engine.policy(bundle.load(run.root, run.manifest))
    decision = policy.decide(inputs.assemble(run.manifest, place, who, here))
    if not decision.allow:
        message, hint = inputs.refusal(decision, run.manifest, here.ref)
        raise PolicyRefused(message, hint, decision.reasons[0].rule)
