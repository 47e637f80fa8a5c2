"""The question that the last screen asks: the first answerable case of the owner's smoke set.

Only read, never judged: whether answers are right is what the evals say.
"""

import json
from pathlib import Path

CASES = Path("evals/sets/smoke_v1/cases.jsonl")
FALLBACK = "what can you help me with?"


def question(root: Path) -> str:
    """Return a question that the workflow should be able to answer."""
    try:
        lines = (root / CASES).read_text(encoding="utf-8").splitlines()
        cases = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError):
        return FALLBACK
    return next(filter(None, map(_answerable, cases)), FALLBACK)


def _answerable(case: object) -> str:
    if not isinstance(case, dict) or not isinstance(case.get("expect"), dict):
        return ""
    return "" if case["expect"].get("abstain") else str(case.get("question", ""))
