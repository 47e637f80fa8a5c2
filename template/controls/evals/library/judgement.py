"""How an evaluator answers: passed, failed with a reason, or nothing to say."""

from collections.abc import Mapping

from pydantic_evals.evaluators import EvaluationReason

Judgement = Mapping[str, EvaluationReason]
NOTHING: Judgement = {}


def judged(name: str, fault: str) -> Judgement:
    """Return the judgement of the evaluator `name`: passed where there is no fault."""
    return {name: EvaluationReason(value=not fault, reason=fault or None)}
