"""Proves OVR-1 by a drill on a temporary folder: stop, be refused, override, go on, read it all."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from controls import manifest
from controls.audit import entry, read
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.gateway import override, stop, switch
from controls.gateway.refusal import Refused
from controls.run import Run, start

ACTOR = "@drill"
PATH = "controls/gateway/switch.py"
_NEEDED = (manifest.NAME, "policy/data.yaml", "controls/catalogue.yaml", "controls/schema")


def drill(context: Context) -> Outcome:
    """OVR-1: a thrown switch refuses every call, a run can be set aside, and the trail has both."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in _NEEDED:
            _copy(context.root / name, root / name)
        found = [*_stopped(root), *_set_aside(root), *_resumed(root)]
    told = "a drill on a copy: stop, refused call, override, resume, four entries"
    return Outcome.failed(4, told, *found) if found else Outcome.ok(4, told)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)


def _stopped(root: Path) -> Iterator[Finding]:
    switch.throw(root, "drill", ACTOR)
    if _passes(root):
        yield Finding("a call passes while the switch is thrown", PATH)
    if not _recorded(root, switch.STOPPED):
        yield Finding("the audit trail does not say who stopped the calls", PATH)


def _set_aside(root: Path) -> Iterator[Finding]:
    with start(root, feature="drill") as run:
        run.trail.outcome = "answered"
    override.record(root, run.id, "drill", ACTOR)
    if override.given(root, run.id) is None:
        yield Finding("a run that was set aside stands", "controls/gateway/override.py")


def _resumed(root: Path) -> Iterator[Finding]:
    try:
        switch.release(root, "drill")
        yield Finding("calls pass again in nobody's name", PATH)
    except ControlsError:
        pass
    switch.release(root, "drill", ACTOR)
    if stop.thrown(root) is not None:
        yield Finding("calls do not pass again", PATH)
    if not _recorded(root, switch.RESUMED):
        yield Finding("the audit trail does not say who let calls pass again", PATH)


def _passes(root: Path) -> bool:
    with start(root, feature="drill") as run:
        run.trail.outcome = "denied"
        return _answered(run)


def _answered(run: Run) -> bool:
    from pydantic_ai import Agent  # noqa: PLC0415  slow to import, and only a drill needs it

    try:
        Agent(run.model()).run_sync("drill")
    except Refused as error:
        return error.rule != "stop"
    return True


def _recorded(root: Path, kind: str) -> bool:
    with read.snapshot(root) as seen:
        return any(
            found.kind == kind and found.facts.get("by") == ACTOR
            for found in map(entry.parse, read.lines(seen))
        )
