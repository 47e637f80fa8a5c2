"""Asks the workflow's model a question as if a tool had just answered: the third way in.

Text from outside reaches a model in the question, in a retrieved article, and in what a tool
returned. The last needs no tool here: the history says that one was called, and what it brought
back, marked untrusted as a workflow must mark it. What the answer shows is judged elsewhere.
"""

from collections.abc import Sequence

from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from controls.evals.cases import ToolResult
from controls.gateway.embedded.models import SYSTEM
from controls.prompts import Prompt
from controls.run import Run, Source

_CALL = "call-1"
_SCHEMA: dict[str, object] = {"type": "object", "properties": {"query": {"type": "string"}}}


def asked(
    run: Run, prompt: Prompt, question: str, tool: ToolResult, others: Sequence[str] = ()
) -> ModelResponse:
    """Return what the run's model answers once it has read what `tool` returned.

    The model may call `others` too: an attack that asks for a tool must find it.

    Raises:
        ControlsError: when the gateway refuses, or no model answers.
    """
    marked = run.cite([Source(f"tool/{tool.name}", question, tool.text)])
    messages: list[ModelMessage] = [
        ModelRequest([UserPromptPart(f"Question: {question}")], instructions=prompt.text),
        ModelResponse([ToolCallPart(tool.name, {"query": question}, _CALL)]),
        ModelRequest([ToolReturnPart(tool.name, marked, _CALL)], instructions=prompt.text),
    ]
    model = run.model(prompt.model)
    # the embedded readers can call nothing; a provider wants each tool of a history declared
    offered = [] if model.system == SYSTEM else [*map(_definition, (tool.name, *others))]
    return model_request_sync(
        model, messages, model_request_parameters=ModelRequestParameters(function_tools=offered)
    )


def _definition(name: str) -> ToolDefinition:
    what = name.replace("_", " ")
    return ToolDefinition(
        name=name, description=f"Can {what}.", parameters_json_schema=dict(_SCHEMA)
    )
