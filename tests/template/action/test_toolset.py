"""An agent's calls of tools are governed like everybody's."""

from pathlib import Path

import pytest
from action_repository import ARGUMENTS, acme
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from controls.action import proposal
from controls.action.toolset import offered
from controls.gateway import stop
from controls.gateway.refusal import Refused
from controls.run import Run


def agent(run: Run, *calls: dict[str, object]) -> Agent:
    """Return an agent whose model makes these calls, then says what it heard."""
    left = list(calls)

    def model(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        if left:
            return ModelResponse([ToolCallPart("change_setting", left.pop(0))])
        return ModelResponse([TextPart(str(messages[-1].parts[0].content))])

    return Agent(FunctionModel(model), tools=offered(run))


@pytest.mark.usefixtures("sandboxed")
def test_an_agent_can_propose_and_no_more(root: Path, run: Run) -> None:
    heard = agent(run, ARGUMENTS).run_sync("please").output
    [act] = proposal.names(root)
    assert heard == (
        "two_factor_required of acme: False becomes True;"
        f" proposed as act {act}: two people must agree first"
    )
    assert acme(root)["two_factor_required"] is False


def test_an_agent_is_told_why_its_arguments_are_refused(root: Path, run: Run) -> None:
    heard = agent(run, {**ARGUMENTS, "workspace": "../acme"}).run_sync("please").output
    assert heard.startswith("arguments of tool 'change_setting' are refused: '../acme'")
    assert proposal.names(root) == ()


def test_an_agent_ends_when_calls_are_stopped(root: Path, run: Run) -> None:
    stop.throw(root, "an incident")
    with pytest.raises(Refused, match="all calls are stopped"):
        agent(run, ARGUMENTS).run_sync("please")
