"""Reads from a run's trace what an incident record needs to know about it."""

from datetime import UTC, datetime
from pathlib import Path

from controls.errors import ControlsError
from controls.incidents.record import Seen


def seen(root: Path, run: str | None) -> Seen:
    """Return when `run` started and which prompt and model it used; nothing when no run is given.

    Raises:
        ControlsError: when the traces hold no such run.
    """
    if run is None:
        return Seen()
    from controls.tracing import read  # noqa: PLC0415 - traces are read only when a run is named

    spans = sorted(read.spans(root, run=run), key=lambda span: span.start)
    if not spans:
        raise ControlsError(
            f"no trace of run {run!r}", hint="python -m controls trace lists the runs"
        )
    facts = {key: value for span in spans for key, value in span.attributes.items() if value}
    name, version = facts.get("gen_ai.prompt.name"), facts.get("gen_ai.prompt.version")
    started = datetime.fromtimestamp(spans[0].start / 1e9, UTC)
    return Seen(
        run=run,
        started=started.isoformat(timespec="seconds"),
        prompt=f"{name}@{version}" if name else None,
        model=str(facts["gen_ai.response.model"]) if "gen_ai.response.model" in facts else None,
        used_a_tool=any(span.operation == "execute_tool" for span in spans),
    )
