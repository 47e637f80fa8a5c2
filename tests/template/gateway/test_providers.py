"""OpenAI and Anthropic by one line of the manifest: a loopback server speaks their protocols."""

import asyncio
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from loopback import Script, serving
from pydantic_ai import Agent
from pydantic_ai.direct import model_request, model_request_stream_sync, model_request_sync
from pydantic_ai.messages import ModelRequest, ModelResponse, ThinkingPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from controls.decisions import form
from controls.gateway import cassettes, ledger, report, routing
from controls.gateway.refusal import LimitRefused, ProviderFailed, Refused
from controls.run import start
from controls.tracing import read

CHAT, RESPONSES = "openai-chat:gpt-5-mini", "openai:gpt-5-mini"
MESSAGES = "anthropic:claude-haiku-4-5"
COST = {CHAT: "0.00045", RESPONSES: "0.00045", MESSAGES: "0.0015"}  # 1000 tokens in, 100 out
CACHED = {CHAT: "0.00027", RESPONSES: "0.00027", MESSAGES: "0.00078"}  # 800 of the 1000 cached
TOOL = ToolDefinition(name="look_up", parameters_json_schema={"type": "object", "properties": {}})
UNSAFE = "For the record, you are an idiot and always were."
LONG = "The export holds every message that was sent in the last year. " * 12
WITHHELD = "This answer was withheld by the safety filter (insult)."
QUESTION = [ModelRequest.user_text_prompt("Is there an export?")]


@pytest.fixture
def server() -> Iterator[tuple[str, Script]]:
    with serving() as running:
        yield running


@pytest.fixture
def script(server) -> Script:
    return server[1]


@pytest.fixture(params=[CHAT, RESPONSES, MESSAGES])
def ref(request) -> str:
    return request.param


@pytest.fixture
def root(project, server, ref, monkeypatch) -> Path:
    return connect(project(2), server[0], ref, monkeypatch)


def connect(made: Path, base: str, ref: str, monkeypatch) -> Path:
    """Make `ref`, at the address `base`, the default model, with all that it needs."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    provider = ref.partition(":")[0]
    listed = ref if provider == "anthropic" else RESPONSES
    address = base + ("" if provider == "anthropic" else "/v1")
    tail = "owner: null\n      allowed_data: "
    old = f"- ref: {listed}\n      provider: {listed.partition(':')[0]}\n      endpoint: "
    new = f"- ref: {ref}\n      provider: {provider}\n      endpoint: "
    edit(
        made,
        "ai-workflow.yaml",
        f"{old}provider-default\n      {tail}[]",
        f"{new}{address}\n      {tail}[personal]",
    )
    edit(made, "ai-workflow.yaml", "default_model: embedded:small", f"default_model: {ref}")
    answers = "\n".join(f"## {name}\n\nUse {ref}, as measured.\n" for name in form.SECTIONS)
    head = f'---\ntitle: "Use {ref}"\nrisk: low\npaths: {json.dumps(["ai-workflow.yaml"])}\n---\n'
    (made / "decisions/0002-model.md").write_text(f"{head}\n{answers}")
    return made


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def ask(root: Path, *tools: ToolDefinition) -> ModelResponse:
    parameters = ModelRequestParameters(function_tools=list(tools))
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        return model_request_sync(run.model(), QUESTION, model_request_parameters=parameters)


def listen(root: Path, *tools: ToolDefinition) -> tuple[list[str], ModelResponse]:
    parameters = ModelRequestParameters(function_tools=list(tools))
    with start(root, feature="help", user="ada", workspace="acme") as run:
        run.prompt("answer")
        with model_request_stream_sync(
            run.model(), QUESTION, model_request_parameters=parameters
        ) as stream:
            heard = [text for event in stream if (text := said(event))]
            return heard, stream.response


def said(event: object) -> str:
    if getattr(event, "event_kind", "") == "part_start":
        return event.part.content if event.part.part_kind == "text" else ""
    return getattr(getattr(event, "delta", None), "content_delta", "") or ""


def booked(root: Path) -> tuple[Decimal, str]:
    (entry,) = report.entries(root)
    assert entry.held == 0
    assert ledger.open(root).spent("feature", "help", ledger.month()) == entry.spent
    return entry.spent, entry.outcome


def costs(root: Path) -> list[Decimal]:
    assert all(entry.held == 0 for entry in report.entries(root))
    return [entry.spent for entry in report.entries(root)]


def span(root: Path) -> read.Span:
    return [each for each in read.spans(root) if each.operation == "chat"][-1]


def test_an_answer_is_booked_at_the_cost_of_its_usage(root, ref, script):
    assert ask(root).text == "Hello there."
    assert booked(root) == (Decimal(COST[ref]), "answered")
    assert span(root).attributes["gen_ai.usage.input_tokens"] == 1000
    assert span(root).attributes["aiwf.cost.usd"] == float(COST[ref])
    assert script.keys == ["sk-ant-test" if ref == MESSAGES else "sk-test"]


def test_a_cached_prompt_is_booked_at_its_lower_price(root, ref, script):
    script.cached = 800
    ask(root)
    assert booked(root)[0] == Decimal(CACHED[ref])


def test_a_tool_is_called_and_its_result_answered(root, ref, script):
    script.pieces, script.tool = [], {"key": "export"}
    calls = []
    with start(root, feature="help", user="ada", workspace="acme") as run:
        agent = Agent(run.model(), instructions=run.prompt("answer").text)

        @agent.tool_plain
        def look_up(key: str) -> str:
            calls.append(key)
            script.pieces, script.tool = ["It is kept for 14 days."], None
            return "14 days"

        assert agent.run_sync("How long is an export kept?").output == "It is kept for 14 days."
    assert calls == ["export"]
    assert costs(root) == [Decimal(COST[ref])] * 2


class TestStream:
    def test_it_comes_in_pieces_and_is_booked_at_its_end(self, root, ref, script):
        script.pieces = [f"{word} " for word in LONG.split()]
        heard, response = listen(root)
        assert "".join(heard) == response.text == "".join(script.pieces)
        assert len(heard) > 3
        assert booked(root) == (Decimal(COST[ref]), "answered")

    def test_a_tool_call_arrives_whole(self, root, ref, script):
        script.pieces, script.tool = ["One moment."], {"key": "export"}
        heard, response = listen(root, TOOL)
        assert heard == ["One moment."]
        assert [call.args_as_dict() for call in response.tool_calls] == [{"key": "export"}]
        assert booked(root)[0] == Decimal(COST[ref])

    def test_an_unsafe_text_split_over_chunks_is_never_delivered(self, root, ref, script):
        script.pieces = list(LONG + UNSAFE + LONG)
        heard, response = listen(root)
        assert "idiot" not in "".join(heard)
        assert "".join(heard).startswith("The export holds every message")
        assert response.text.endswith(WITHHELD)
        assert response.finish_reason == "content_filter"
        assert booked(root) == (Decimal(COST[ref]), "blocked")
        assert [e.attributes["category"] for e in span(root).events] == ["insult"]

    def test_one_that_is_cut_is_told_and_booked_at_its_reservation(self, root, ref, script):
        script.cut_after = 2
        with pytest.raises(ProviderFailed, match="the connection was cut"):
            listen(root)
        spent, outcome = booked(root)
        assert spent > Decimal(COST[ref])
        assert outcome == span(root).attributes["aiwf.task.outcome"] == "error"

    def test_one_that_dries_up_is_left(self, root, script):
        edit(root, "policy/data.yaml", "timeout_seconds: 60", "timeout_seconds: 0.6")
        script.pause, script.pieces = 0.4, [f"{word} " for word in LONG.split()[:4]]
        with pytest.raises(ProviderFailed, match=r"it took longer than 0\.6 s"):
            listen(root)
        assert booked(root)[1] == "error"

    def test_who_leaves_it_early_pays_the_reservation(self, root, ref, script):
        script.pieces = [f"{word} " for word in LONG.split()]
        with start(root, feature="help", user="ada", workspace="acme") as run:
            run.prompt("answer")
            with model_request_stream_sync(run.model(), QUESTION) as stream:
                next(iter(stream))
        spent, outcome = booked(root)
        assert spent > Decimal(COST[ref])
        assert outcome == "error"

    def test_the_limit_of_a_user_counts_it(self, root):
        edit(root, "ai-workflow.yaml", "user: 20", "user: 1")
        listen(root)
        with pytest.raises(LimitRefused):
            listen(root)


class TestSafety:
    def test_an_unsafe_argument_of_a_tool_is_withheld(self, root, script):
        script.pieces, script.tool = [], {"text": UNSAFE}
        for response in (ask(root, TOOL), listen(root, TOOL)[1]):
            assert response.text == WITHHELD
            assert response.tool_calls == []
        assert [entry.outcome for entry in report.entries(root)] == ["blocked", "blocked"]

    def test_an_address_in_an_argument_is_redacted(self, root, script):
        script.pieces, script.tool = [], {"text": ["write to ada@corp.invalid-mail.de", 3]}
        for response in (ask(root, TOOL), listen(root, TOOL)[1]):
            (call,) = response.tool_calls
            assert call.args_as_dict() == {"text": ["write to [redacted: email]", 3]}

    @pytest.mark.parametrize("ref", [MESSAGES])
    def test_a_thought_that_was_changed_loses_its_signature(self, root, script):
        script.thinking = "Her address is ada@corp.invalid-mail.de, so"
        for response in (ask(root), listen(root)[1]):
            (thought,) = [part for part in response.parts if isinstance(part, ThinkingPart)]
            assert thought.content == "Her address is [redacted: email], so"
            assert thought.signature is None

    @pytest.mark.parametrize("ref", [MESSAGES])
    def test_an_unsafe_thought_withholds_the_answer(self, root, script):
        script.thinking = UNSAFE
        assert ask(root).text == WITHHELD
        assert listen(root)[1].text == WITHHELD


class TestFailures:
    def test_a_wrong_key_is_one_sentence_and_costs_nothing(self, root, ref, script):
        for call in (ask, listen):
            script.statuses = [401]
            with pytest.raises(ProviderFailed) as error:
                call(root)
            assert error.value.message == f"{ref!r} gave no answer: it does not accept the key"
            assert error.value.hint.endswith("_API_KEY in the environment")
        assert costs(root) == [0, 0]

    def test_a_short_pause_that_is_asked_for_is_waited_out(self, root, ref, script):
        for call in (ask, listen):
            script.statuses, script.headers = [429], {"retry-after": "1"}
            began = time.monotonic()
            call(root)
            assert time.monotonic() - began >= 1
        assert costs(root) == [Decimal(COST[ref])] * 2

    def test_a_long_pause_is_told_and_costs_nothing(self, root, script):
        for call in (ask, listen):
            script.statuses, script.headers = [429], {"retry-after": "77"}
            with pytest.raises(ProviderFailed) as error:
                call(root)
            assert error.value.message.endswith("it is asked too often (HTTP 429)")
            assert error.value.hint == "ask again in 77 s"
        assert len(script.seen) == 2
        assert costs(root) == [0, 0]

    def test_a_provider_that_takes_too_long_is_left(self, root, script):
        edit(root, "policy/data.yaml", "timeout_seconds: 60", "timeout_seconds: 0.3")
        script.delay = 1
        for call in (ask, listen):
            with pytest.raises(ProviderFailed, match=r"it took longer than 0\.3 s"):
                call(root)
        assert min(costs(root)) > 0

    def test_a_failing_server_is_asked_once_and_not_quoted(self, root, script):
        script.statuses = [503]
        with pytest.raises(ProviderFailed, match="HTTP 503") as error:
            ask(root)
        assert "secret words" not in error.value.message
        assert len(script.seen) == 1
        assert booked(root)[0] > 0

    @pytest.mark.parametrize("ref", [CHAT])
    def test_an_address_where_nobody_listens_is_one_sentence(self, root, server):
        edit(root, "ai-workflow.yaml", server[0], "http://127.0.0.1:9")
        with pytest.raises(ProviderFailed, match="the connection was cut, or never made"):
            ask(root)

    @pytest.mark.parametrize("ref", [RESPONSES])
    def test_nobody_but_the_gateway_asks_again(self, root, script):
        script.statuses, script.headers = [429] * 4, {"retry-after-ms": "100"}
        with pytest.raises(ProviderFailed, match="429"):
            ask(root)
        assert len(script.seen) == 3


class TestConnections:
    def test_one_connection_serves_all_calls_of_a_process(self, root, script):
        for _ in range(3):
            ask(root)
        assert len(script.seen) == 3
        assert len(script.connections) == 1

    @pytest.mark.parametrize("ref", [CHAT])
    def test_another_key_is_another_client(self, root, script, monkeypatch):
        ask(root)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
        ask(root)
        assert (script.keys, len(script.connections)) == (["sk-test", "sk-other"], 2)

    @pytest.mark.parametrize("ref", [MESSAGES])
    def test_a_loop_that_ends_in_order_closes_its_clients(self, root, script):
        for _ in range(2):
            with start(root, feature="help", user="ada", workspace="acme") as run:
                run.prompt("answer")
                asyncio.run(model_request(run.model(), QUESTION))
        assert len(script.connections) == 2

    def test_a_connection_that_the_provider_closed_is_made_again(self, root, script):
        ask(root)
        script.statuses = [401]
        with pytest.raises(ProviderFailed):
            ask(root)
        assert ask(root).text == "Hello there."


class TestRoutingBetweenRealModels:
    """A small and a large model of one provider; the small one is asked for its confidence."""

    SMALL, LARGE = "gpt-4.1-mini", "gpt-4.1"

    @pytest.fixture(params=["openai-chat", "openai"])
    def provider(self, request) -> str:
        return request.param

    @pytest.fixture
    def ref(self, provider) -> str:
        return f"{provider}:{self.SMALL}"

    @pytest.fixture
    def routed(self, root, provider, script) -> Path:
        edit(
            root,
            "ai-workflow.yaml",
            "    - ref: anthropic:claude-haiku-4-5\n      provider: anthropic\n"
            "      endpoint: provider-default\n      owner: null\n      allowed_data: []",
            f"    - ref: {provider}:{self.LARGE}\n      provider: {provider}\n"
            f"      endpoint: {self.address(root)}\n      owner: null\n"
            "      allowed_data: [personal]",
        )
        edit(root, "decisions/0002-model.md", "as measured.", f"and {provider}:{self.LARGE}.")
        route = f"{{escalate_to: {provider}:{self.LARGE}, below: 0.6, logprobs: true}}"
        edit(
            root,
            "policy/data.yaml",
            "routing:",
            f'routing:\n  "{provider}:{self.SMALL}": {route}\n ',
        )
        script.by_model = {self.SMALL: "Small.", self.LARGE: "Large."}
        return root

    def address(self, root: Path) -> str:
        (line,) = [
            each for each in (root / "ai-workflow.yaml").read_text().splitlines() if "127" in each
        ]
        return line.split()[-1]

    def test_a_sure_answer_of_the_small_model_stands(self, routed, script):
        script.logprobs = [-0.1, -0.3]
        assert ask(routed).text == "Small."
        assert [body["model"] for body in script.seen] == [self.SMALL]
        assert span(routed).attributes["aiwf.confidence"] == pytest.approx(0.8187, abs=1e-4)

    def test_an_unsure_one_goes_on_to_the_large_model_and_both_are_booked(self, routed, script):
        script.logprobs = [-0.1, -2.0]
        assert ask(routed).text == "Large."
        assert "".join(listen(routed)[0]) == "Large."
        assert [body["model"] for body in script.seen] == [self.SMALL, self.LARGE] * 2
        assert costs(routed) == [Decimal("0.00056"), Decimal("0.0028")] * 2
        assert [entry.outcome for entry in report.entries(routed)] == ["escalated", "answered"] * 2
        found = routing.measured(routed)
        assert (found.calls, found.escalation_rate) == (2, 1.0)
        assert found.saving == pytest.approx(-0.2)  # both were paid, the large one would have done

    def test_a_model_that_tells_no_confidence_is_believed(self, routed):
        assert ask(routed).text == "Small."
        assert "aiwf.confidence" not in span(routed).attributes
        assert routing.measured(routed).escalated == 0

    def test_only_a_route_asks_for_it(self, routed, script):
        with start(routed, feature="help", user="ada", workspace="acme") as run:
            run.prompt("answer")
            large = f"{run.manifest.default_model.partition(':')[0]}:{self.LARGE}"
            model_request_sync(run.model(large), QUESTION)
        assert not script.seen[0].get("logprobs")
        assert not script.seen[0].get("include")

    def test_a_small_model_that_fails_leads_to_the_large_one(self, routed, script):
        script.statuses = [503]
        assert ask(routed).text == "Large."


class TestCassettes:
    def test_what_was_recorded_is_replayed_without_a_provider(self, root, ref, script, monkeypatch):
        monkeypatch.setenv(cassettes.VARIABLE, "record")
        assert ask(root).text == ask(root).text == "Hello there."
        assert len(script.seen) == 1
        monkeypatch.setenv(cassettes.VARIABLE, "replay")
        monkeypatch.delenv("OPENAI_API_KEY")
        monkeypatch.delenv("ANTHROPIC_API_KEY")
        assert ask(root).text == "Hello there."
        assert "".join(listen(root)[0]) == "Hello there."
        assert len(script.seen) == 1
        assert costs(root) == [Decimal(COST[ref]), 0, 0, 0]
        spans = [each.attributes for each in read.spans(root) if each.operation == "chat"]
        assert [each["aiwf.cache"] for each in spans] == ["miss", "hit", "hit", "hit"]
        assert [each["gen_ai.usage.input_tokens"] for each in spans] == [1000, 0, 0, 0]
        assert {each["aiwf.policy.decision"] for each in spans} == {"allow"}

    @pytest.mark.parametrize("ref", [CHAT])
    def test_a_run_or_a_call_says_by_itself_how_answers_are_kept(self, root, script, monkeypatch):
        def told(run_cache: str | None, call_cache: str | None) -> str | None:
            with start(root, feature="help", user="ada", workspace="acme", cache=run_cache) as run:
                run.prompt("answer")
                return model_request_sync(run.model(cache=call_cache), QUESTION).text

        assert told("record", None) == told("replay", None) == told(None, "replay")
        assert len(script.seen) == 1
        monkeypatch.setenv(cassettes.VARIABLE, "replay")
        assert told(None, "live") == told("live", None) == "Hello there."
        assert len(script.seen) == 3
        with pytest.raises(Refused, match=r"^cache 'replays' is unknown$"):
            told("replays", None)

    @pytest.mark.parametrize("ref", [CHAT])
    def test_a_recorded_answer_is_governed_like_any_other(self, root, script, monkeypatch):
        monkeypatch.setenv(cassettes.VARIABLE, "record")
        ask(root)
        edit(
            root,
            "ai-workflow.yaml",
            "feature: {soft: 40, hard: 50}",
            "feature: {soft: 0.00001, hard: 0.00002}",
        )
        assert ask(root).text == "Hello there."  # it costs nothing, so a spent budget holds it
        edit(root, "ai-workflow.yaml", "allowed_data: [personal]", "allowed_data: [public]")
        with pytest.raises(Refused, match='"personal" data is not allowed to reach'):
            ask(root)
        assert len(script.seen) == 1

    @pytest.mark.parametrize("ref", [CHAT])
    def test_a_stream_is_recorded_as_it_was_before_the_filter(self, root, script, monkeypatch):
        monkeypatch.setenv(cassettes.VARIABLE, "record")
        script.pieces = [UNSAFE]
        assert "".join(listen(root)[0]) == WITHHELD
        assert ask(root).text == WITHHELD
        assert len(script.seen) == 1

    @pytest.mark.parametrize("ref", [CHAT])
    def test_another_tool_or_setting_is_another_prompt(self, root, script, monkeypatch):
        monkeypatch.setenv(cassettes.VARIABLE, "record")
        ask(root)
        ask(root, TOOL)
        edit(root, "policy/data.yaml", "output_tokens: 600", "output_tokens: 500")
        ask(root, TOOL)
        assert len(script.seen) == 3

    @pytest.mark.parametrize("ref", [CHAT])
    def test_a_prompt_that_was_never_recorded_is_refused(self, root, script, monkeypatch):
        monkeypatch.setenv(cassettes.VARIABLE, "replay")
        with pytest.raises(Refused, match="holds no answer of 'openai-chat:gpt-5-mini'"):
            ask(root)
        assert script.seen == []
        assert span(root).attributes["aiwf.task.outcome"] == "denied"

    @pytest.mark.parametrize("ref", [CHAT])
    @pytest.mark.parametrize(
        ("variable", "value", "told"),
        [("AIWF_CACHE", "reply", "is unknown"), ("AIWF_ENV", "production", "not allowed")],
    )
    def test_a_mode_that_is_not_allowed_is_refused(self, root, monkeypatch, variable, value, told):
        monkeypatch.setenv("AIWF_CACHE", "record")
        monkeypatch.setenv(variable, value)
        with pytest.raises(Refused, match=told if variable == "AIWF_CACHE" else "production"):
            ask(root)
