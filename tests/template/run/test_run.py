import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal

import pytest
from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelRequest

from controls.errors import ControlsError
from controls.gateway import spans as spans_of_the_gateway
from controls.gateway.refusal import BudgetRefused
from controls.reply import Reply, Source
from controls.run import Cap, current, start
from controls.tracing import read

WHO = {"feature": "answer", "user": "grace", "workspace": "acme"}


def spans(root, run):
    return {span.name.split()[0]: span for span in read.spans(root, run=run.id)}


def call(run, model="small-1", usd=0.25):
    with spans_of_the_gateway.call(run, "embedded:small", 1) as span:
        span.set_attributes({"gen_ai.response.model": model, "aiwf.cost.usd": usd})


def test_a_run_closes_with_outcome_cost_model_and_disclosure(project):
    root = project(2)
    with start(root, **WHO) as run:
        run.prompt("answer")
        run.cite([Source("a", "A", "Text.")])
        call(run, usd=0.25)
        call(run, "large-1", usd=0.5)
        run.outcome(Reply.parse("Text. [a]"))
    closed = spans(root, run)["invoke_workflow"].attributes
    assert closed["aiwf.task.outcome"] == "answered"
    assert closed["aiwf.cost.usd"] == 0.75
    assert closed["gen_ai.response.model"] == "large-1"
    assert closed["aiwf.disclosure"].startswith("model-drafted · sources attached")
    assert closed["aiwf.source.ids"] == ["a"]
    assert closed["gen_ai.prompt.name"] == "answer"


def test_every_span_says_for_whom_it_was_and_never_by_name(project):
    root = project(2)
    with start(root, **WHO) as run:
        call(run)
    found = spans(root, run)
    for span in found.values():
        assert span.attributes["aiwf.workspace.id"] == "acme"
        assert span.attributes["aiwf.risk.tier"] == 2
        assert span.attributes["aiwf.owner"] == "unassigned"
        assert len(span.attributes["enduser.pseudo.id"]) == 32
        assert "grace" not in span.attributes["enduser.pseudo.id"]
    assert found["chat"].parent_span_id == found["invoke_workflow"].span_id


def test_a_user_has_the_same_pseudonym_in_each_run_and_another_in_each_repository(
    project,
):
    def pseudonym(root):
        with start(root, **WHO) as run:
            pass
        return spans(root, run)["invoke_workflow"].attributes["enduser.pseudo.id"]

    one, two = project(2), project(1)
    assert pseudonym(one) == pseudonym(one)
    assert pseudonym(one) != pseudonym(two)


def test_an_exception_is_recorded_and_passed_on(project):
    root = project(0)
    with pytest.raises(ZeroDivisionError), start(root, **WHO) as run:
        _ = 1 / 0
    span = spans(root, run)["invoke_workflow"]
    assert span.attributes["aiwf.task.outcome"] == "error"
    assert span.status == "ERROR"
    assert span.events[0].attributes["exception.type"] == "ZeroDivisionError"


def test_a_run_that_delivers_nothing_is_an_error_and_never_a_success(project):
    root = project(0)
    with start(root, **WHO) as run:
        pass
    assert spans(root, run)["invoke_workflow"].attributes["aiwf.task.outcome"] == "error"


def test_a_run_whose_last_call_was_denied_ends_as_denied(project):
    root = project(0)
    with suppress(ControlsError), start(root, **WHO) as run:
        with spans_of_the_gateway.call(run, "embedded:small", 1) as span:
            span.set_attribute("aiwf.policy.decision", "deny")
        raise ControlsError("no")
    assert spans(root, run)["invoke_workflow"].attributes["aiwf.task.outcome"] == "denied"


def test_the_data_class_only_rises_and_the_run_ends_with_the_highest(project):
    root = project(2)
    with start(root, data="internal", **WHO) as run:
        run.touch("confidential")
        call(run)
        run.touch("public")
    found = spans(root, run)
    assert found["chat"].attributes["aiwf.data.classification"] == "confidential"
    assert found["invoke_workflow"].attributes["aiwf.data.classification"] == "confidential"
    assert run.data_class == "confidential"


@pytest.mark.parametrize("operation", ["chat", "invoke_workflow", "evaluate"])
def test_workflow_code_opens_no_span_that_only_the_controls_write(project, operation):
    with start(root := project(0), **WHO) as run:
        with pytest.raises(ControlsError) as refused, run.span("chat small", operation):
            pass
        run.outcome(Reply.parse("Text."))
    assert refused.value.message.startswith(f"a span of operation {operation!r} is written by")
    assert list(spans(root, run)) == ["invoke_workflow"]


def test_a_step_that_calls_itself_a_models_answer_is_none_for_label_model_and_cost(project):
    root = project(2)
    with start(root, **WHO) as run:
        run.prompt("answer")
        with run.span("draft", "draft") as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attributes({"gen_ai.response.model": "embedded-small-1", "aiwf.cost.usd": 1.0})
        run.outcome(Reply.parse("Text."))
        assert run.disclosure() == "no model was asked · no sources"
    closed = spans(root, run)["invoke_workflow"].attributes
    assert closed["aiwf.cost.usd"] == 0
    assert "gen_ai.response.model" not in closed or not closed["gen_ai.response.model"]


def test_spans_of_threads_without_context_hang_from_their_run(project):
    root = project(0)
    with ThreadPoolExecutor(4) as pool, start(root, **WHO) as run:
        list(pool.map(lambda _: call(run), range(20)))
    found = list(read.spans(root, run=run.id))
    top = found[-1]
    assert {span.parent_span_id for span in found[:-1]} == {top.span_id}
    assert run.trail.usd == 5


def test_concurrent_runs_of_one_loop_do_not_mix(project):
    root = project(0)

    async def one(feature):
        with start(root, feature=feature) as run:
            await asyncio.sleep(0)
            call(run)
            await asyncio.sleep(0)
            assert current() is run
        return run

    async def both():
        return await asyncio.gather(one("a"), one("b"))

    # in a thread of its own: the loop that pydantic-ai keeps for this one is left alone
    with ThreadPoolExecutor(1) as pool:
        runs = pool.submit(lambda: asyncio.run(both())).result()
    for run in runs:
        assert {span.attributes["aiwf.feature"] for span in read.spans(root, run=run.id)} == {
            run.feature
        }
    assert current() is None


def test_sources_are_marked_as_untrusted_and_cannot_close_their_mark(project):
    with start(project(0), **WHO) as run:
        text = run.cite([Source("a", 'T"', "x </source> <b> y")])
    assert text == '<source id="a" title="T&quot;">x &lt;/source&gt; &lt;b&gt; y</source>'


@pytest.mark.parametrize(
    ("more", "environment", "message"),
    [
        ({"data": "private"}, "", "data class 'private' is unknown"),
        ({}, "staging", "AIWF_ENV 'staging' is unknown"),
        ({"model": "a:b"}, "", "ai-workflow.yaml lists no model 'a:b'"),
        ({"user": "a\udcff"}, "", r"the user 'a\udcff' is not UTF-8 text at character 1"),
        ({"workspace": "\udcff"}, "", r"the workspace '\udcff' is not UTF-8 text at character 0"),
    ],
)
def test_an_unknown_word_is_one_sentence(project, monkeypatch, more, environment, message):
    monkeypatch.setenv("AIWF_ENV", environment)
    with pytest.raises(ControlsError) as caught, start(project(0), **(WHO | more)):
        pass
    assert caught.value.message == message


def test_an_edit_of_the_manifest_counts_for_the_next_run(project):
    root = project(0)
    with start(root, **WHO) as run:
        assert run.top_k == 12
    path = root / "policy/data.yaml"
    path.write_text(path.read_text().replace("top_k: 12", "top_k: 3"))
    with start(root, **WHO) as run:
        assert run.top_k == 3


def test_a_run_that_its_budget_refuses_ends_as_denied(project):
    root = project(2)
    tiny = Cap("tiny", Decimal("0.000000001"))
    with suppress(BudgetRefused), start(root, cap=tiny, **WHO) as run:
        prompt = run.prompt("answer")
        asyncio.run(model_request(run.model(), [ModelRequest.user_text_prompt(prompt.text)]))
    found = spans(root, run)
    assert found["invoke_workflow"].attributes["aiwf.task.outcome"] == "denied"
    assert found["chat"].attributes["aiwf.policy.decision"] == "deny"  # budget.rego
    assert found["chat"].attributes["error.type"] == "cap"
