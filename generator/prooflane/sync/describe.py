"""What a person is told of a sync: the same before it is applied and after. Decides nothing."""

from dataclasses import replace

from prooflane.sync.result import State, Synced
from prooflane.sync.work import Worked


def describe(worked: Worked) -> Synced:
    """Return the sync that was `worked` out, as a plan."""
    outcome, subject = worked.outcome, worked.subject
    return Synced(
        root=subject.place.root,
        is_bare=subject.place.is_bare,
        source=replace(worked.way.source, url=subject.url),
        before=subject.version,
        tiers=outcome.tiers,
        state=State.planned,
        rows=outcome.rows(subject.answers_file),
        controls=outcome.controls,
        holds=outcome.holds,
        lifted=_lifted(worked),
        conflicts=outcome.merged.conflicts,
        notes=outcome.merged.notes,
        losses=outcome.losses,
        record=outcome.record,
        is_record_open=outcome.is_record_open,
        patch=_patch(worked),
        notices=worked.way.notices,
    )


def _lifted(worked: Worked) -> tuple[str, ...]:
    before = worked.subject.lock.held if worked.subject.lock else {}
    stays = {hold.id for hold in worked.outcome.holds}
    return tuple(id_ for id_ in before if id_ in worked.outcome.new.controls and id_ not in stays)


def _patch(worked: Worked) -> str:
    outcome = worked.outcome
    if not outcome.patch:
        return ""
    if outcome.record:
        return outcome.record.removesuffix(".md") + ".patch"
    # a foreign template has no place for it, so git's own folder keeps it
    return str(worked.subject.place.folder / f"prooflane-{worked.way.source.commit[:12]}.patch")
