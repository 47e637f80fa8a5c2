"""LOG-1 to LOG-3: the spans of an eval run carry the tier's keys, or each gap is named."""

import dataclasses
import json
from datetime import date

import pytest

from controls.check.command import context
from controls.check.model import State
from controls.reply import Reply, Source
from controls.run import start
from controls.tracing import checks, read
from controls.tracing.stamped import stamped

CALL = {
    "gen_ai.provider.name": "embedded",
    "gen_ai.request.model": "small",
    "gen_ai.response.model": "small-1",
    "aiwf.output.sha256": "00",
    "aiwf.cost.usd": 0.1,
    "aiwf.price.version": "1",
    "aiwf.attempt": 1,
    "aiwf.policy.bundle": "00",
    "aiwf.policy.decision": "allow",
}
SIGNAL = {"category": "all", "score": 0.0, "verdict": "pass", "action": "none", "policy.id": "x"}

SOURCES = (Source("a", "A", "A."),)


def evaluate(root, without=(), signal=SIGNAL, sources=SOURCES, text="A. [a]", **who):
    """Run once as an eval does, with a call that lacks the keys `without`, and report the run."""
    named = {"feature": "answer", "user": "ada", "workspace": "evals", **who}
    with start(root, **named) as run:
        run.prompt("answer")
        run.cite(sources)
        with stamped(run, "chat small", "chat") as span:
            span.set_attributes({key: value for key, value in CALL.items() if key not in without})
            if signal:
                span.add_event("aiwf.safety.signal", signal)
        run.outcome(Reply.parse(text))
    report(root, run.id)
    return run


def report(root, *runs):
    path = root / ".aiwf/reports/evals/smoke_v1.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"run_ids": runs}))


def check(root, control):
    asked = context(root, date(2026, 12, 1))
    return checks.logging(dataclasses.replace(asked, control=asked.catalogue.control(control)))


@pytest.mark.parametrize("control", ["LOG-1", "LOG-2", "LOG-3"])
def test_a_complete_trace_is_ok_with_its_spans_counted(project, control):
    root = project(2)
    evaluate(root)
    outcome = check(root, control)
    assert (outcome.state, outcome.n, outcome.findings) == (State.ok, 3, ())


@pytest.mark.parametrize("key", sorted(set(CALL) - {"aiwf.policy.decision"}))
def test_a_call_that_lacks_a_key_is_named_with_span_key_and_line(project, key):
    root = project(2)
    run = evaluate(root, without=(key,))
    outcome = check(root, "LOG-1")
    assert outcome.state is State.failed
    (finding,) = outcome.findings
    assert f"(chat small) of run {run.id} lacks {key!r}" in finding.message
    assert finding.path.startswith(".aiwf/traces/")
    assert finding.line == 3


def test_an_empty_value_is_a_missing_one(project):
    root = project(2)
    with start(root, feature="answer", user="ada", workspace="") as run:
        run.cite([Source("a", "A", "A.")])
        run.outcome(Reply.parse("A. [a]"))
    report(root, run.id)
    found = check(root, "LOG-2").findings
    assert any("lacks 'aiwf.workspace.id'" in finding.message for finding in found)


def test_a_missing_user_fails_from_tier_1_on(project):
    root = project(1)
    evaluate(root, user=None)
    assert "lacks 'enduser.pseudo.id'" in check(root, "LOG-2").findings[0].message


def test_an_answer_without_sources_fails_and_an_abstention_without_them_does_not(project):
    root = project(2)
    evaluate(root, sources=())
    assert "lacks 'aiwf.source.ids'" in check(root, "LOG-2").findings[0].message
    evaluate(root, sources=(), text="I don't know: the knowledge base does not say.")
    assert check(root, "LOG-2").state is State.ok


@pytest.mark.parametrize(
    ("signal", "message"),
    [(None, "aiwf.safety.signal"), ({**SIGNAL, "action": ""}, "aiwf.safety.signal action")],
    ids=["no signal at all", "a signal without its action"],
)
def test_a_call_without_a_complete_safety_signal_fails_at_tier_2(project, signal, message):
    root = project(2)
    evaluate(root, signal=signal)
    (finding,) = check(root, "LOG-3").findings
    assert finding.message.endswith(f"lacks {message!r}")


def test_a_denied_call_owes_no_response(project):
    root = project(2)
    with start(root, feature="answer", user="ada", workspace="evals") as run:
        run.prompt("answer")
        run.cite([Source("a", "A", "A.")])
        with stamped(run, "chat small", "chat") as span:
            of_response = ("gen_ai.response.model", "aiwf.output.sha256", "aiwf.price.version")
            kept = {key: value for key, value in CALL.items() if key not in of_response}
            span.set_attributes(kept | {"aiwf.policy.decision": "deny"})
        run.outcome(Reply("denied", (), abstained=False), "denied")
    report(root, run.id)
    assert check(root, "LOG-1").state is State.ok
    assert check(root, "LOG-3").state is State.ok


def test_a_run_that_left_no_span_fails(project):
    root = project(2)
    run = evaluate(root)
    report(root, run.id, "feedbeef")
    finding = check(root, "LOG-1").findings[0]
    assert finding.message == "run 'feedbeef' left no span of its own"


def test_a_run_without_any_call_fails(project):
    root = project(2)
    with start(root, feature="answer", user="ada", workspace="evals") as run:
        run.prompt("answer")
        run.cite([Source("a", "A", "A.")])
        run.outcome(Reply.parse("A. [a]"))
    report(root, run.id)
    assert f"run {run.id!r} traced no call of a model" in [
        finding.message for finding in check(root, "LOG-1").findings
    ]


def test_nothing_recorded_fails(project):
    outcome = check(project(0), "LOG-1")
    assert (outcome.state, outcome.n) == (State.failed, 0)
    assert outcome.findings[0].message == "no eval run was recorded"


def test_from_tier_3_on_a_call_names_its_entry_in_the_trail_and_the_decision_it_rests_on(project):
    root = project(3)
    (root / "decisions/0002-more.md").write_text("---\ntitle: More\n---\n")
    run = evaluate(root)
    outcome = check(root, "LOG-4")
    assert outcome.state is State.failed
    (finding,) = outcome.findings
    assert "(chat small)" in finding.message
    assert finding.message.endswith(f"of run {run.id} lacks 'aiwf.audit.seq'")
    spans = read.load(root, runs=frozenset({run.id})).spans
    assert {span.attributes["aiwf.decision.id"] for span in spans} == {"0002-more"}
    assert {span.attributes["aiwf.retention.class"] for span in spans} == {"personal"}
