"""AUD-1: the trail proves whole. RET-1: nothing is kept longer than its class allows."""

import importlib.util
import os
from collections.abc import Iterator

from controls import git
from controls.audit import expire, head, proven, read, retention
from controls.check.model import Context, Finding, Outcome
from controls.errors import ControlsError

_PLACE = f"{head.FOLDER.as_posix()}/"


def intact(context: Context) -> Outcome:
    """Return ok when every entry is as it was written and a committed checkpoint covers some.

    Pending while there is none: then a tail that was cut together with the head would not be seen.
    Checkpoints of another trail are enough everywhere but in production, where that trail belongs.
    """
    found = proven.prove(context.root, context.manifest)
    entries = found.verdict.entries
    if found.problems:
        return Outcome.failed(entries, _PLACE, *(Finding(said, _PLACE) for said in found.problems))
    if found.elsewhere and os.environ.get("AIWF_ENV") == "production":
        return Outcome.failed(entries, _PLACE, Finding(found.elsewhere, _PLACE))
    if found.elsewhere:  # a clone or a job of CI: what is proven here is its own trail
        return Outcome.ok(entries, f"{_PLACE}, and {found.elsewhere}")
    if not found.covered:
        hint = "python -m controls audit checkpoint --key PATH"
        return Outcome.pending(entries, _PLACE, Finding("no checkpoint is committed", hint=hint))
    return Outcome.ok(entries, f"{_PLACE}, {found.own[-1].path}")


def retained(context: Context) -> Outcome:
    """Return ok when no entry and no act is past its retention, and no entry is in git."""
    over = expire.due(context.root, context.manifest, context.today)
    with read.snapshot(context.root) as seen:
        looked_at = sum(1 for _ in read.lines(seen))
    kept = retention.entries(context.manifest, context.today)
    found = [
        Finding(
            f"{count} entries about {name} data are kept longer than {kept[name].duration}",
            _PLACE,
            hint="python -m controls audit expire",
        )
        for name, count in over.items()
    ]
    found += _acts(context)
    found += [
        Finding("the trail is tracked by git", path, hint="git rm --cached")
        for path in _tracked(context)
    ]
    return Outcome.failed(looked_at, _PLACE, *found) if found else Outcome.ok(looked_at, _PLACE)


def _acts(context: Context) -> Iterator[Finding]:
    """Yield the acts that are kept too long; below tier 4 there are none."""
    if importlib.util.find_spec("controls.action") is None:
        return
    from controls.action import expire as acts  # noqa: PLC0415  see above

    for act in acts.due(context.root, context.manifest, context.today):
        said = f"act {act.id} expired on {act.expires[:10]} and is kept too long"
        yield Finding(
            said,
            f"{acts.proposal.FOLDER.as_posix()}/{act.id}/",
            hint="python -m controls audit expire",
        )


def _tracked(context: Context) -> tuple[str, ...]:
    try:
        return git.paths(context.root, "ls-files", "-z", "--", _PLACE)
    except ControlsError:
        return ()  # in no repository, so in no history
