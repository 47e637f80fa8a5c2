"""From tier 3 on each call is in the trail before it is made, and how it ended after it."""

import asyncio
import os
from decimal import Decimal

import pytest
from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters

from controls.audit import read, verify
from controls.gateway import stop
from controls.gateway.refusal import BudgetRefused, Refused
from controls.run import Cap, Source, start
from controls.tracing import read as traces

RESET = Source("reset", "Reset your password", "Open Settings and choose Reset password.")
QUESTION = "\nQuestion: How do I reset my password?"


@pytest.fixture
def regulated(project):
    """Return a tier-3 repository."""
    return project(3)


def asked(root, cap=None):
    with start(root, feature="answer", user="ada", workspace="acme", cap=cap) as run:
        run.prompt("answer")
        text = run.cite([RESET]) + QUESTION
        model_request_sync(run.model(), [ModelRequest.user_text_prompt(text)])
    return run


def streamed(root):
    async def read_all(model, messages):
        async with model.request_stream(messages, None, ModelRequestParameters()) as stream:
            return [event async for event in stream]

    with start(root, feature="answer", user="ada", workspace="acme") as run:
        run.prompt("answer")
        text = run.cite([RESET]) + QUESTION
        asyncio.run(read_all(run.model("embedded:large"), [ModelRequest.user_text_prompt(text)]))
    return run


def entries(root):
    with read.snapshot(root) as seen:
        return list(read.entries(seen))[1:]


def spans(root, run):
    return [span for span in traces.spans(root, run=run.id) if span.operation == "chat"]


@pytest.mark.parametrize("ask", [asked, streamed])
def test_a_call_is_two_entries_and_its_span_says_where(ask, regulated):
    run = ask(regulated)
    call, answer = entries(regulated)
    assert (call.kind, answer.kind) == ("call", "answer")
    assert call.classification == "personal"
    (span,) = spans(regulated, run)
    assert span.attributes["aiwf.audit.seq"] == call.seq == answer.facts["aiwf.audit.seq"]
    assert span.attributes["aiwf.retention.class"] == "personal"
    known = {**call.facts, **answer.facts}
    for key in (
        *("aiwf.run.id", "aiwf.workspace.id", "enduser.pseudo.id", "gen_ai.request.model"),
        *("gen_ai.prompt.name", "gen_ai.prompt.version", "aiwf.prompt.sha256"),
        *("aiwf.policy.bundle", "aiwf.policy.decision", "aiwf.source.digests"),
        *("gen_ai.response.model", "aiwf.output.sha256", "aiwf.cost.usd", "aiwf.task.outcome"),
    ):
        assert known[key] == span.attributes[key], key
    assert (call.facts["leaves"], call.facts["environment"]) == (False, "development")
    assert verify.verify(regulated).problems == ()


def test_below_tier_3_nothing_is_appended(project):
    root = project(2)
    run = asked(root)
    assert not read.exists(root)
    (span,) = spans(root, run)
    assert {"aiwf.audit.seq", "aiwf.retention.class"} & set(span.attributes) == set()


def test_a_refused_call_is_an_entry_with_the_rule_that_refused_it(regulated):
    stop.throw(regulated, "drill")
    with pytest.raises(Refused, match="all calls are stopped: drill"):
        asked(regulated)
    (refusal,) = entries(regulated)
    assert (refusal.kind, refusal.facts["rule"]) == ("refusal", "stop")
    (span,) = [each for each in traces.spans(regulated) if each.operation == "chat"]
    assert span.attributes["aiwf.audit.seq"] == refusal.seq


def test_a_call_that_a_budget_refuses_is_an_entry_and_never_began(regulated):
    with pytest.raises(BudgetRefused, match=r"cap 'tiny' has"):
        asked(regulated, cap=Cap("tiny", Decimal("0.0000001")))
    assert [each.kind for each in entries(regulated)] == ["refusal"]


def test_no_provider_is_reached_when_the_trail_cannot_be_written(regulated):
    asked(regulated)
    os.truncate(regulated / ".aiwf/audit/00000001.jsonl", 10)
    with pytest.raises(Refused, match="is shorter than its head") as refused:
        asked(regulated)
    assert refused.value.rule == "audit"
    last = [span for span in traces.spans(regulated) if span.operation == "chat"][-1]
    assert last.attributes["aiwf.task.outcome"] == "denied"
    assert "gen_ai.response.model" not in last.attributes
