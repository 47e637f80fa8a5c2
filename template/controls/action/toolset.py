"""The allowed tools as an agent's own: each of its calls takes the way of `use.py`.

An agent that asks for a tool which changes things is told that the act is proposed, and nothing
more: it can neither agree to it nor do it.
"""

from collections.abc import Callable

from pydantic_ai import ModelRetry, Tool

from controls.action import tools
from controls.gateway.refusal import Refused
from controls.run import Run


def offered(run: Run) -> list[Tool[None]]:
    """Return the tools of policy/tools.yaml, for `Agent(run.model(), tools=offered(run))`.

    Arguments that are refused are said to the model, which may try others; whatever else is refused
    ends the run.

    Raises:
        ControlsError: when the list is malformed.
    """
    return [
        Tool.from_schema(
            _calling(run, tool.name),
            name=tool.name,
            description=tool.description,
            json_schema=dict(tool.arguments),
        )
        for tool in tools.load(run.root).tools.values()
    ]


def _calling(run: Run, name: str) -> Callable[..., str]:
    def call(**arguments: object) -> str:
        try:
            used = run.tool(name, arguments)
        except Refused as error:
            if error.rule == "arguments":
                raise ModelRetry(error.message) from error
            raise
        if used.action is None:
            return used.said
        return f"{used.said}; proposed as act {used.action.id}: two people must agree first"

    return call
