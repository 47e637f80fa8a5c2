"""The last screen of `prooflane sync`: what changed, by control and owner, and what comes next."""

from collections import Counter
from collections.abc import Iterable, Iterator

from prooflane.gate.check import Checked
from prooflane.merge.model import NoteKind
from prooflane.report.paint import Paint
from prooflane.report.synced_data import data
from prooflane.sync.controls import Kind
from prooflane.sync.holds import NEVER, Hold
from prooflane.sync.result import Row, State, Synced

__all__ = ["data", "screen"]

WIDTH, SHOWN = 11, 6
OWNERS = ("managed", "merged", "derived", "yours", "state")
ACTIONS = ("added", "updated", "removed", "conflict")
MARKS = {
    "added": ("green", "+"),
    "updated": ("yellow", "~"),
    "changed": ("yellow", "~"),
    "removed": ("red", "-"),
    "conflict": ("red", "!"),
}
SAYS = {
    "content": "both sides changed the same lines",
    "binary": "both sides changed it, and it is no text",
    "both-added": "both sides added it",
    "deleted-by-them": "the template deletes it, and it was changed here",
    "deleted-by-us": "it was deleted here, and the template changes it",
    "mode": "both sides changed its mode",
    "rename": "both sides renamed it",
}
Line = tuple[str, str]


def screen(done: Synced, paint: Paint) -> str:
    """Return what a person reads at the end."""
    sections = (
        ("controls", _controls(done, paint)),
        ("files", _files(done, paint)),
        ("conflicts", _conflicts(done, paint)),
        ("taken out", _losses(done, paint)),
        ("notes", _notes(done)),
        ("checks", _checks(done, paint)),
        ("evals", _evals(done, paint)),
        ("next", _next(done, paint)),
    )
    body = [line for label, lines in sections for line in _section(label, lines, paint)]
    return "\n".join([paint("bold", _headline(done)), *body])


def _section(label: str, lines: Iterable[str], paint: Paint) -> Iterator[str]:
    for at, line in enumerate(lines):
        if at == 0:
            yield ""
        lead = paint("dim", f"{label:<{WIDTH}}") if at == 0 else " " * WIDTH
        yield f"{lead}{line}".rstrip()


def _headline(done: Synced) -> str:
    name = done.root.name
    version = f"{done.before} → {done.after}" if done.before != done.after else f"at {done.after}"
    if done.state is State.nothing:
        held = f", {_count(len(done.holds), 'control')} held" if done.holds else ""
        return f"{name} is {version.removeprefix('at ') and version}: nothing to do{held}"
    tiers = done.tiers
    tier = f"tier {tiers[0]} → {tiers[1]}" if tiers and tiers[0] != tiers[1] else ""
    said = {
        State.planned: "would sync",
        State.refused: "did not sync",
        State.staged: "synced",
        State.committed: "synced and committed",
    }
    facts = [tier, *_facts(done)]
    return f"{said[done.state]} {name} {version}: {', '.join(filter(None, facts))}"


def _facts(done: Synced) -> Iterator[str]:
    yield _count(len(done.rows), "file")
    if done.controls:
        yield _count(len(done.controls), "control")
    yield _count(len(done.conflicts), "conflict") if done.conflicts else "no conflict"
    if done.holds:
        yield f"{len(done.holds)} held"
    if done.seconds and done.state is not State.planned:
        yield f"{done.seconds:.2f} s"


def _controls(done: Synced, paint: Paint) -> Iterator[str]:
    held = {hold.id for hold in done.holds}
    rows = [row for row in done.controls if row.id not in held]
    wide = max((len(row.title) for row in rows), default=0)
    for row in rows:
        yield f"{_mark(row.kind, paint)} {row.id:<6} {row.title:<{wide}}  {paint('dim', row.how)}"
    if done.lifted:
        yield f"{_mark('added', paint)} {', '.join(done.lifted)} no longer held: at {done.after}"
    for (version, paths), ids in _held(done.holds).items():
        where = "not in force" if version == NEVER else f"held at {version}"
        named = ", ".join(ids)
        yield f"{_mark('conflict', paint)} {named} {paint('red', where)}: {', '.join(paths)}"


def _held(holds: Iterable[Hold]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for hold in holds:
        together.setdefault((hold.version, hold.paths), []).append(hold.id)
    return together


def _files(done: Synced, paint: Paint) -> Iterator[str]:
    limit = len(done.rows) if done.state is State.planned else SHOWN
    for owner in sorted({row.owner for row in done.rows}, key=_rank):
        mine = [row for row in done.rows if row.owner == owner]
        counts = Counter(row.action for row in mine)
        said = ", ".join(f"{counts[action]} {action}" for action in ACTIONS if counts[action])
        yield f"{paint('bold', owner)}: {said}"
        yield from _listed(mine, limit, paint)


def _listed(rows: list[Row], limit: int, paint: Paint) -> Iterator[str]:
    shown = rows if len(rows) <= limit + 1 else rows[:limit]
    for row in shown:
        yield f"  {_mark(row.action, paint)} {row.path}"
    if len(rows) > len(shown):
        yield f"  … and {len(rows) - len(shown)} more: git status"


def _rank(owner: str) -> int:
    return OWNERS.index(owner) if owner in OWNERS else len(OWNERS)


def _conflicts(done: Synced, paint: Paint) -> Iterator[str]:
    wide = max((len(conflict.path) for conflict in done.conflicts), default=0)
    for conflict in done.conflicts:
        said = SAYS[conflict.kind.value]
        yield f"{_mark('conflict', paint)} {conflict.path:<{wide}}  {said}"


def _losses(done: Synced, paint: Paint) -> Iterator[str]:
    wide = max((len(note.path) for note in done.losses), default=0)
    for note in done.losses:
        yield f"{_mark('removed', paint)} {note.path:<{wide}}  {note.text}"
    if done.losses:
        yield f"kept in {done.patch}, for git apply"


def _notes(done: Synced) -> Iterator[str]:
    lost = {note.path for note in done.losses}
    quiet = {NoteKind.managed_edit, NoteKind.deleted_edited}
    for note in done.notes:
        if note.path not in lost or note.kind not in quiet:
            yield f"{note.path} {note.text}"


def _checks(done: Synced, paint: Paint) -> Iterator[str]:
    yield from _checked("static", done.static, paint)
    yield from _checked("all", done.everything, paint)
    if done.reason:
        yield paint("red", done.reason)


def _checked(name: str, said: Checked | None, paint: Paint) -> Iterator[str]:
    if said is None:
        return
    if said.reason:
        yield f"{name}: {paint('red', said.reason) if said.ok else said.reason}"
    if not (said.ok or said.findings):
        return
    failed = sum(row.state == "failed" for row in said.findings)
    pending = len(said.findings) - failed
    style = "red" if failed else "green"
    yield f"{name}: {paint(style, f'{said.ok} ok, {pending} pending, {failed} failed')}"
    for row in sorted(said.findings, key=lambda row: row.state != "failed"):
        tone = "red" if row.state == "failed" else "yellow"
        yield f"  {paint(tone, f'{row.state:<8}')} {row.id:<6} {row.message or row.title}"


def _evals(done: Synced, paint: Paint) -> Iterator[str]:
    for row in done.evals:
        moved = (
            f"{row.before:.2f} → {row.after:.2f}" if row.before != row.after else f"{row.after:.2f}"
        )
        verdict = paint("red", "would not pass") if row.falls else paint("green", "passes")
        yield f"{row.set}: your last run had {row.rate:.2f}, floor {moved}: {verdict}"


def _next(done: Synced, paint: Paint) -> Iterator[str]:
    commands = list(_commands(done))
    wide = max((len(command) for command, _ in commands), default=0)
    for command, why in commands:
        yield f"{command:<{wide}}  {paint('dim', why)}" if why else command


def _commands(done: Synced) -> Iterator[Line]:
    if not done.consented:
        yield "the same command with --yes", "gives the edits above up"
    elif done.state is State.planned:
        yield "the same command without --plan", ""
    if done.state is State.refused and done.is_bare and done.conflicts:
        yield "git clone", "a checkout, where the conflicts can be resolved: prooflane sync"
    if done.state is State.nothing and done.holds:
        yield f"edit {done.holds[0].paths[0]}", "take what the template changed, commit, sync again"
    if done.state is State.staged:
        yield from _staged(done)


def _staged(done: Synced) -> Iterator[Line]:
    if done.conflicts:
        yield "git mergetool", "or edit the files, then git add"
    if done.is_record_open:
        yield f"edit {done.record}", "what was decided, and why"
    yield "git diff --staged", "look at it"
    if done.controls or done.tiers:
        yield "make check", "prove every control"
    yield "git commit", "nothing is committed for you"
    if done.holds:
        yield "prooflane sync", "lifts the holds that were resolved"


def _mark(kind: str | Kind, paint: Paint) -> str:
    return paint(*MARKS[kind])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
