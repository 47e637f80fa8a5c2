"""Proves REV-1: a draft that nobody read cannot be sent, and what was sent names its person.

The probe uses the real queue on a temporary folder; the repository's own queue is only read.
"""

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError
from controls.review import queue, store
from controls.review.draft import Draft, State

PLACE = "controls/review/queue.py"
PROBE = Draft(
    *("probe", "run", "May this be sent?", "Nobody read this.", "Nobody read this."),
    (),
    State.draft,
    1,
    *("", "2026-01-01", "2026-01-01", "model-drafted"),
)


def unsent(context: Context) -> Outcome:
    """Fail when an unread draft can be sent, or one was."""
    probes = _probes()
    sent = [draft for draft in store.every(context.root) if draft.state is State.sent]
    unread = [
        Finding(
            f"draft {draft.id!r} was sent and names no person",
            str(store.FILE),
            hint="tell who sent it",
        )
        for draft in sent
        if not draft.actor
    ]
    findings = [finding for finding in probes if finding] + unread
    evidence = f"{len(probes)} probes of the queue, {len(sent)} sent drafts in {store.FILE}"
    n = len(probes) + len(sent)
    return Outcome.failed(n, evidence, *findings) if findings else Outcome.ok(n, evidence)


def _probes() -> list[Finding | None]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store.insert(root, PROBE, {})
        rejected = replace(PROBE, id="final", state=State.rejected, actor="@ada")
        store.insert(root, rejected, {})
        return [
            _refused("an unreviewed draft was sent", root, PROBE, "send", "@ada"),
            _refused("a decision was taken without a person", root, PROBE, "reject", " "),
            _refused("a rejected draft was sent", root, rejected, "send", "@ada"),
            _refused_stale(root),
        ]


def _refused(failure: str, root: Path, draft: Draft, kind: str, by: str) -> Finding | None:
    with suppress(ControlsError):
        queue.decide(root, draft, kind, by)
    after = store.get(root, draft.id)
    return None if after.state is draft.state else Finding(failure, PLACE)


def _refused_stale(root: Path) -> Finding | None:
    stale = store.get(root, PROBE.id)
    store.swap(root, stale, replace(stale, state=State.approved, actor="@ada"))
    with suppress(ControlsError):
        store.swap(root, stale, replace(stale, state=State.rejected, actor="@grace"))
    if store.get(root, PROBE.id).actor == "@ada":
        return None
    return Finding("two people decided on the same version of a draft", "controls/review/store.py")
