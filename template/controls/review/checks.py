"""Proves REV-1: a draft that nobody read cannot be sent, and what was sent names its person.

The probes ask the real queue, a temporary folder where it needs one; the repository's own queue is
only read.
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
        final = replace(PROBE, state=State.rejected, actor="@ada")
        return [
            _refused("an unreviewed draft was sent", PROBE, "send", "@ada"),
            _refused("a decision was taken without a person", PROBE, "reject", " "),
            _refused("a rejected draft was sent", final, "send", "@ada"),
            _refused_stale(root),
        ]


def _refused(failure: str, draft: Draft, kind: str, by: str) -> Finding | None:
    try:
        queue.after(draft, kind, by)
    except ControlsError:
        return None
    return Finding(failure, PLACE)


def _refused_stale(root: Path) -> Finding | None:
    stale = replace(PROBE, id="stale")
    store.insert(root, stale, {})
    store.swap(root, stale, replace(stale, state=State.approved, actor="@ada"))
    with suppress(ControlsError):
        store.swap(root, stale, replace(stale, state=State.rejected, actor="@grace"))
    if store.get(root, stale.id).actor == "@ada":
        return None
    told = "two people decided on the same version of a draft"
    return Finding(told, "controls/review/store.py")
