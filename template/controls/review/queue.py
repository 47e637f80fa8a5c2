"""The rules of the queue: what a person may do with a draft, and that nothing is sent unread.

draft → edited or approved → sent, or rejected from any of them. Each step names its person. Each
decision is an event `aiwf.human.review` in the trace of the run that made the draft (`trace`).
"""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from controls.errors import ControlsError
from controls.gateway.disclosure import label
from controls.reply import Reply
from controls.review import store, trace
from controls.review.draft import FINAL, REVIEWED, Draft, State, actor

if TYPE_CHECKING:
    from controls.run import Run

KINDS = {"approve": State.approved, "send": State.sent, "reject": State.rejected}


def enqueue(root: Path, run: "Run", question: str, reply: Reply) -> str:
    """Keep the reply of `run` as a draft and return its id.

    Raises:
        ControlsError: when the queue cannot be written: the reply must then not be shown as sent.
    """
    made = store.now()
    draft = Draft(
        id=secrets.token_hex(4),
        run_id=run.id,
        question=question,
        drafted=reply.text,
        text=reply.text,
        citations=reply.citations,
        state=State.draft,
        version=1,
        actor="",
        created=made,
        changed=made,
        disclosure=run.disclosure(),
    )
    used = run.trail
    edited = label(
        root, used.prompt, used.response_model, human_edited=True, sources=tuple(used.sources)
    )
    store.insert(root, draft, {**trace.kept(run), "edited_disclosure": edited})
    return draft.id


def edit(root: Path, draft: Draft, text: str, by: str | None) -> Draft:
    """Replace the text that would be sent; who edits has read.

    Raises:
        ControlsError: when person or text is missing, or the draft was changed meanwhile.
    """
    _open(draft)
    if not text.strip():
        raise ControlsError("the edited text is empty", hint="reject the draft instead")
    disclosure = str(store.trace(root, draft.id).get("edited_disclosure", draft.disclosure))
    shown = disclosure if text.strip() != draft.drafted.strip() else draft.disclosure
    after = replace(draft, text=text.strip(), state=State.edited, actor=actor(by), disclosure=shown)
    return store.swap(root, draft, after)


def decide(root: Path, draft: Draft, kind: str, by: str | None) -> Draft:
    """Approve, send or reject `draft`; a decision that the trace cannot hold is none.

    Raises:
        ControlsError: as `after` does, when the draft was changed meanwhile, or when queue or trace
            cannot be written.
    """
    place = store.trace(root, draft.id)
    with store.swapping(root, draft, after(draft, kind, by)) as decided:
        trace.decided(root, decided, place)
    return decided


def after(draft: Draft, kind: str, by: str | None) -> Draft:
    """Return `draft` as the decision `kind` of the person `by` leaves it.

    Raises:
        ControlsError: when there is no person, the draft was decided already, or it is to be sent
            and nobody has reviewed it.
    """
    _open(draft)
    state = KINDS[kind]
    if state is State.sent and draft.state not in REVIEWED:
        raise ControlsError(
            f"draft {draft.id!r} cannot be sent: nobody has reviewed it",
            hint=f"python -m controls review approve {draft.id} --actor @you (or edit it first)",
        )
    return replace(draft, state=state, actor=actor(by))


def _open(draft: Draft) -> None:
    if draft.state in FINAL:
        raise ControlsError(
            f"draft {draft.id!r} was {draft.state} by {draft.actor}, and that is final",
            hint="ask the question again for a new draft",
        )
