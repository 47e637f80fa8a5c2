"""Keeps the code under test from ending the run that judges it: whatever it raises is a crash.

A workflow or an evaluator that calls `sys.exit(0)` would otherwise end the gate without a verdict,
and with the status of a pass.
"""

import asyncio
from dataclasses import dataclass

from pydantic_evals.evaluators import Evaluator, EvaluatorContext, EvaluatorOutput

from controls.evals.cases import Answer, Case

Judge = Evaluator[Case, Answer, None]


class Ended(Exception):
    """The code under test raised what would end the process; it crashed, and the run goes on."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"{type(error).__name__} {error}".strip())


@dataclass(repr=False)
class Contained(Evaluator[Case, Answer, None]):
    """Judges as `judge` does, under its name, and cannot end the process."""

    judge: Judge

    async def evaluate(self, ctx: EvaluatorContext[Case, Answer, None]) -> EvaluatorOutput:
        """Judge the answer.

        Raises:
            Ended: when the judge raised what would end the process.
        """
        try:
            return await self.judge.evaluate_async(ctx)
        except (Exception, asyncio.CancelledError, KeyboardInterrupt):
            raise  # a crash already, or a person who interrupts the run
        except BaseException as error:
            raise Ended(error) from error

    def get_default_evaluation_name(self) -> str:
        """Return the name of the judge."""
        return self.judge.get_default_evaluation_name()
