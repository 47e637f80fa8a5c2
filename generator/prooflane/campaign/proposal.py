"""The text of a pull request: what changes for the controls, what is left to the owner. Pure."""

from collections.abc import Iterable, Iterator

from prooflane.gate.check import Checked
from prooflane.merge.model import Conflict, ConflictKind
from prooflane.sync.holds import NEVER
from prooflane.sync.result import Synced

SHOWN = 20
BECAUSE = {
    ConflictKind.content: "you and the template changed the same lines",
    ConflictKind.binary: "you and the template changed it, and it is no text",
    ConflictKind.both_added: "you and the template each added it",
    ConflictKind.deleted_by_them: "the template deletes it, and you changed it",
    ConflictKind.deleted_by_us: "you deleted it, and the template changes it",
    ConflictKind.mode: "you and the template made different kinds of files of it",
    ConflictKind.rename: "you and the template gave it different names",
}
UNTIL = "not until"


def title(synced: Synced) -> str:
    """Return the title of the pull request."""
    held = f", {len(synced.holds)} held" if synced.holds else ""
    return f"Template {synced.before} to {synced.after}: {_count(len(synced.rows), 'file')}{held}"


def body(synced: Synced, wave: str) -> str:
    """Return what an owner reads."""
    parts = (
        _start(synced, wave),
        _controls(synced),
        _static(synced.static),
        _conflicts(synced),
        _taken(synced),
        _files(synced),
        _next(synced),
    )
    return "\n\n".join(text for part in parts for text in part)


def reverting(version: str, reason: str, conflicts: Iterable[Conflict]) -> str:
    """Return what an owner reads of a pull request that takes a sync back."""
    text = f"Takes the sync with the template {version} back: {reason}."
    rows = [f"- `{row.path}` stays as it is: it was changed since" for row in conflicts]
    kept = "Files that were changed since:\n\n" + "\n".join(rows) if rows else ""
    closing = "Everything that the sync changed is as it was before it, this file by file."
    return "\n\n".join(filter(None, (text, kept or closing)))


def _start(synced: Synced, wave: str) -> Iterator[str]:
    yield (
        f"Brings this repository from **{synced.before}** to **{synced.after}** of its template "
        f"`{synced.source.url}` (wave *{wave}*). Your own edits are kept."
    )


def _controls(synced: Synced) -> Iterator[str]:
    yield "## Controls"
    held = {hold.id: hold for hold in synced.holds}
    rows = [
        f"| {row.id} | {row.title} | {row.kind} | {row.how} |"
        for row in synced.controls
        if row.id not in held
    ]
    rows += [
        f"| {hold.id} | {hold.title} | **held** | {_held(hold.version)} |" for hold in held.values()
    ]
    if synced.lifted:
        rows += [f"| {id_} | | no longer held | at {synced.after} |" for id_ in synced.lifted]
    if not rows:
        yield "No control changes."
        return
    yield "\n".join(["| control | title | what | how |", "|---|---|---|---|", *rows])


def _static(checked: Checked | None) -> Iterator[str]:
    if checked is None:
        return
    yield "## Static checks of the new version"
    if checked.reason:
        yield f"{checked.reason[:1].upper()}{checked.reason[1:]}; this branch's own checks do."
        return
    failed = [row for row in checked.findings if row.state == "failed"]
    pending = len(checked.findings) - len(failed)
    yield f"{checked.ok} ok, {pending} pending, {len(failed)} failed."
    if failed:
        rows = [f"- **{row.id}** {row.message or row.title}" for row in failed]
        yield "\n".join(_shortened(rows))


def _held(version: str) -> str:
    return "not in force yet" if version == NEVER else f"stays at {version}"


def _conflicts(synced: Synced) -> Iterator[str]:
    if not synced.conflicts:
        return
    yield "## Conflicts: your side was kept"
    rows = [f"- `{row.path}`: {BECAUSE[row.kind]}" for row in synced.conflicts]
    yield "\n".join(_shortened(rows))
    yield (
        "These files are as they were, and no marker is in them. The controls they belong to are "
        "held: `.prooflane.lock` says so until the files hold what the template changed. To decide "
        "now, close this, run `prooflane sync` in a checkout, and resolve it with `git mergetool`."
    )


def _taken(synced: Synced) -> Iterator[str]:
    if synced.losses:
        yield "## Taken out"
        yield "\n".join(_shortened([f"- `{row.path}` {row.text}" for row in synced.losses]))
        yield f"Merging consents to it. Your edits are kept in `{synced.patch}`, for `git apply`."


def _files(synced: Synced) -> Iterator[str]:
    yield "## Files"
    rows = [f"- {row.action} `{row.path}` ({row.owner})" for row in synced.rows]
    yield "\n".join(_shortened(rows))


def _next(synced: Synced) -> Iterator[str]:
    yield "## What to do"
    if synced.is_record_open:
        yield f"Write what was decided into `{synced.record}`, on this branch."
    yield (
        "Merge it when the checks are green. Closing it says no for good; a comment "
        f"`{UNTIL} 2027-01-31: why` says not before that day."
    )


def _shortened(rows: list[str]) -> list[str]:
    if len(rows) <= SHOWN + 1:
        return rows
    return [*rows[:SHOWN], f"- … and {len(rows) - SHOWN} more"]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
