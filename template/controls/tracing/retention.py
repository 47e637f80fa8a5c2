"""RET-1: how long each kind of data is kept is declared, and nothing is kept here for longer.

Spans hold digests and pseudonyms of all classes together: a file of them goes by
`spec.logging.retention`. Texts that are kept encrypted go by the class of their data. The audit
trail has its own check (`controls.audit.checks`); what removes all of them, `trace expire` and
`audit expire`, reads the same durations.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from controls.audit import retention as classes
from controls.check.model import Context, Finding, Outcome
from controls.document import Step
from controls.errors import ControlsError
from controls.manifest import NAME, Manifest
from controls.tracing import FOLDER, content, expire, period

LEAST = "P6M"  # EU AI Act Art. 19 (1) and 26 (6): logs of a high-risk system
_EXPIRE = "python -m controls trace expire"


def declared(context: Context) -> Outcome:
    """Return failed for a duration that is no time, and for logs that the law wants kept longer.

    `n` counts the durations: one of each kind of data, and that of the logs.
    """
    known = context.manifest
    durations: list[tuple[str, tuple[Step, ...]]] = [
        (entry.retention, ("spec", "data", index, "retention"))
        for index, entry in enumerate(known.data)
    ]
    durations.append((known.logging["retention"], ("spec", "logging", "retention")))
    wrong = [finding for text, path in durations for finding in _no_time(known, text, *path)]
    wrong += [] if wrong else _too_short(known)
    return (
        Outcome.failed(len(durations), NAME, *wrong) if wrong else Outcome.ok(len(durations), NAME)
    )


def kept(context: Context) -> Outcome:
    """Return failed where traces or texts are past their time; `n` counts the files of both."""
    root, known, today = context.root, context.manifest, context.today
    first = {name: entry.first for name, entry in classes.texts(known, today).items()}
    over = [*expire.due(root / FOLDER, known.logging["retention"], today)]
    over += [blob.path for blob in content.due(root, first)]
    n = len(expire.traces(root / FOLDER)) + content.count(root)
    if over:
        return Outcome.failed(n, f"{FOLDER}/", *_over(root, over))
    return Outcome.ok(n, f"{FOLDER}/")


def _over(root: Path, over: list[Path]) -> Iterator[Finding]:
    more = f" and {len(over) - 1} more" if len(over) > 1 else ""
    name = over[0].relative_to(root).as_posix()
    yield Finding(f"it is kept longer than {NAME} says{more}", name, hint=_EXPIRE)


def _no_time(known: Manifest, text: str, *path: Step) -> Iterator[Finding]:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    try:
        if period.after(start, text) > start:
            return
        error = ControlsError(f"{text!r} is no time at all", "write P30D for 30 days")
    except ControlsError as refused:
        error = refused
    yield Finding(error.message, NAME, known.line(*path), error.hint)


def _too_short(known: Manifest) -> Iterator[Finding]:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    kept = known.logging["retention"]
    high = known.raw["spec"]["risk"]["eu_ai_act"]["category"] == "high-risk"
    if high and period.after(start, kept) < period.after(start, LEAST):
        line = known.line("spec", "logging", "retention")
        said = f"logs of a high-risk system are kept for {kept}, at least {LEAST} are asked for"
        yield Finding(said, NAME, line, "EU AI Act Art. 19 (1): set spec.logging.retention")
