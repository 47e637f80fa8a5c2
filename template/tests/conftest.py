"""Runs the workflow for real: the manifest's models, traces and cost in `.aiwf/`."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from controls.run import Cap, Reply, Source, start
from workflow.answer import answer

ROOT = Path(__file__).parents[1]

Ask = Callable[..., Reply]


@pytest.fixture
def ask() -> Ask:
    """Return a function that asks the workflow a question, with documents attached.

    A test spends ten cents at most, whichever model the manifest names.
    """
    cap = Cap(f"tests {uuid4()}", Decimal("0.10"))

    def ask(question: str, documents: Sequence[Source] = ()) -> Reply:
        with start(
            ROOT, feature="tests", user="test", workspace="tests", documents=documents, cap=cap
        ) as run:
            reply = answer(question, run)
            run.outcome(reply)
            return reply

    return ask
