"""Checks that each use of a tool left a span with what tier 4 must log (LOG-5).

Which keys is data: `keys.tool` of the control. A use that was refused has them too, without a
value where there was none; what was really written names who agreed and what undoes it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from controls import manifest
from controls.action import tools
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.run import start
from controls.tracing import FOLDER, read, semconv
from controls.tracing.read import Span

NEEDED = (
    manifest.NAME,
    tools.FILE,
    "policy/data.yaml",
    "controls/catalogue.yaml",
    "controls/schema",
)
OF_AN_ACT = (semconv.APPROVAL_ID, semconv.ROLLBACK_REF)


def complete(context: Context) -> Outcome:
    """LOG-5: every use of a tool in the traces here, and a refused one on a copy, is logged."""
    keys = context.control.keys.get("tool", ()) if context.control else ()
    with tempfile.TemporaryDirectory() as folder:
        refused = _refused(context.root, Path(folder))
    uses = [*refused, *_uses(context.root)]
    found = [_finding(span, key) for span in uses for key in missing(span, keys)]
    if not keys or not refused:
        found.append(Finding("a refused use of a tool leaves no span", "controls/action/spans.py"))
    told = f"{len(uses)} uses of tools in {FOLDER} and on a copy"
    return Outcome.failed(len(uses), told, *found) if found else Outcome.ok(len(uses), told)


def missing(span: Span, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield each key that the span lacks, or that has no value where something was written."""
    yield from (key for key in keys if key not in span.attributes)
    at = span.attributes
    done = at.get(semconv.OUTCOME) == semconv.ANSWERED and at.get(semconv.DRY_RUN) is False
    if done and at.get(semconv.TOOL_EFFECT) == tools.WRITE:
        yield from (key for key in OF_AN_ACT if key in at and not at[key])


def _refused(source: Path, root: Path) -> list[Span]:
    for name in NEEDED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (source / name).is_dir() else shutil.copy2)(source / name, root / name)
    try:
        with start(root, feature="drill") as run:
            run.tool("no-such-tool", {})
    except ControlsError:
        return _uses(root)
    return []


def _uses(root: Path) -> list[Span]:
    return [span for span in read.spans(root) if span.operation == semconv.EXECUTE_TOOL]


def _finding(span: Span, key: str) -> Finding:
    place = FOLDER / span.path.parent.name / span.path.name
    told = f"span {span.span_id} ({span.name}) of run {span.run_id} lacks {key!r}"
    return Finding(told, str(place), span.line, "use tools through run.tool() and action run")
