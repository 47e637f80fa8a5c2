"""A queue with one draft in it, as `ask` at tier 1 leaves it."""

from pathlib import Path

import pytest

from controls.reply import Reply, Source
from controls.review import queue, store
from controls.review.draft import Draft
from controls.run import start

TEXT = "Open Settings and choose Reset password. [password-reset]"


@pytest.fixture
def root(project) -> Path:
    return project(1)


@pytest.fixture
def draft(root) -> Draft:
    return drafted(root, "How do I reset my password?", TEXT)


def drafted(root: Path, question: str, text: str) -> Draft:
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        run.cite([Source("password-reset", "Reset", "Open Settings.")])
        reply = Reply.parse(text)
        run.outcome(reply)
        name = queue.enqueue(root, run, question, reply)
    return store.get(root, name)
