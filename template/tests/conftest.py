"""Runs the workflow for real: embedded models, no network, traces and cost in `.aiwf/`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from controls.run import Reply, Source, start
from workflow.answer import answer

ROOT = Path(__file__).parents[1]

Ask = Callable[..., Reply]


@pytest.fixture
def ask() -> Ask:
    """Return a function that asks the workflow a question, with documents attached."""

    def ask(question: str, documents: Sequence[Source] = ()) -> Reply:
        with start(ROOT, feature="tests", documents=documents) as run:
            reply = answer(question, run)
            run.outcome(reply)
            return reply

    return ask
