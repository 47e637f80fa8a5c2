"""The span of one use of a tool: what it was given and did, by digest; a refusal is one too."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.trace import Span

from controls.action import trail
from controls.errors import ControlsError
from controls.gateway.refusal import Refused
from controls.run import Run
from controls.tracing import semconv
from controls.tracing.digest import digest


@contextmanager
def use(run: Run, name: str, arguments: object, *, dry_run: bool) -> Iterator[Span]:
    """Open the span of the tool `name`; a refusal inside goes to the audit trail as well."""
    with run.span(f"{semconv.EXECUTE_TOOL} {name}", semconv.EXECUTE_TOOL) as span:
        span.set_attribute(semconv.TOOL_NAME, name)
        span.set_attribute(semconv.TOOL_ARGS, args_sha256(run, arguments))
        span.set_attribute(semconv.DRY_RUN, dry_run)
        span.set_attribute(semconv.APPROVAL_ID, [])
        span.set_attribute(semconv.ROLLBACK_REF, "")
        span.set_attribute(semconv.TOOL_EFFECT, "none")
        try:
            yield span
        except Refused as error:
            ended(run, span, semconv.DENIED, error.rule)
            facts = {"tool": name, "rule": error.rule, "reason": error.message}
            span.set_attribute(semconv.AUDIT_SEQ, trail.note(run, trail.REFUSED, facts))
            raise
        except ControlsError as error:
            ended(run, span, semconv.ERROR, type(error).__name__)
            raise


def ended(run: Run, span: Span, outcome: str, error: str = "") -> None:
    """Write how the use of a tool ended, for the span and for its run."""
    run.trail.outcome = outcome
    span.set_attribute(semconv.OUTCOME, outcome)
    if error:
        span.set_attribute(semconv.ERROR_TYPE, error)


def args_sha256(run: Run, arguments: object) -> str:
    """Return the digest of arguments, keyed where the data is personal."""
    plain: object = dict(arguments) if isinstance(arguments, Mapping) else arguments
    return digest(run, json.dumps(plain, sort_keys=True, default=str))
