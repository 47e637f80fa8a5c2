"""One release told to three readers, from its record alone, as Markdown. Pure.

The owner reads what to do; the platform team what was predicted; the auditor what changed in the
controls, and by which identity it can be found.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prooflane.release.delta import BLOCK, WARN
from prooflane.release.record import Effect, Record


def owner(record: Record) -> Iterator[str]:
    """Give what the owner of a repository must do."""
    controls, before = record.controls, record.before
    todo = list(_todo(record))
    yield "Run `prooflane sync --plan`, then `prooflane sync`, and commit what it staged."
    yield _list(todo) or "Nothing else is asked of you."
    fresh = [row for row in (*controls.added, *controls.changed) if row.mode == WARN != row.was]
    if fresh:
        yield "These warn from now on, and stop nothing yet:\n\n" + _list(
            f"{row.id} {row.title}{_until(record, row.id)}. {_sentence(row.remedy)}".strip()
            for row in fresh
        )
    if record.golden.conflicts:
        yield "Where you edited these, expect a conflict:\n\n" + _list(
            _code(record.golden.conflicts)
        )
    yield f"From {before}: `git revert` of the sync's commit takes it back." if before else ""


def platform(record: Record) -> Iterator[str]:
    """Give what was predicted, and why it is the version that it is."""
    yield f"{record.level.capitalize()}: {'; '.join(record.reasons) or 'no verdict changes'}."
    yield _effect("Golden repositories", record.golden)
    yield _effect("The fleet", record.fleet) or "No fleet was looked at: `--fleet SOURCE`."
    if record.migrations:
        rows = (f"`{old}` is now `{new}`" for old, new in record.moved.items() if new)
        yield f"Migrations ({len(record.migrations)}), applied to base and ours before the merge."
        yield _list(rows)
    yield f"Updates were tried from {', '.join(record.supported) or 'no earlier version'}."


def auditor(record: Record) -> Iterator[str]:
    """Give what changed in the controls, and where that is proved."""
    controls = record.controls
    kinds = {"added": controls.added, "changed": controls.changed, "retired": controls.retired}
    rows = [
        f"| {row.id} | {row.title} | {kind} | {row.how} | {row.mode} | {_tiers(row.tiers)} |"
        for kind, listed in kinds.items()
        for row in listed
    ]
    head = ["| control | title | change | how | mode | tiers |", "|---|---|---|---|---|---|"]
    yield "\n".join([*head, *rows]) if rows else "No control is added, changed or retired."
    blocks = [id_ for id_, mode in controls.modes.items() if mode == BLOCK]
    warns = [id_ for id_, mode in controls.modes.items() if mode != BLOCK]
    yield f"Blocking: {', '.join(blocks) or 'none'}. Warning: {', '.join(warns) or 'none'}."
    if controls.dates:
        yield _list(f"{id_} blocks from {day}" for id_, day in controls.dates.items())
    if controls.floors:
        floors = (f"tier {tier}: {version}" for tier, version in controls.floors.items())
        yield f"Oldest version that may be run: {', '.join(floors)}."
    if record.tree:
        yield f"Cut on {record.date}: tree `{record.tree}`, on commit `{record.parent}`."


@dataclass(frozen=True, slots=True)
class View:
    """One reader's part."""

    title: str
    text: Callable[[Record], Iterator[str]]


VIEWS: Mapping[str, View] = {
    "owner": View("What you must do", owner),
    "platform": View("Predicted effect", platform),
    "auditor": View("Controls", auditor),
}


def text(record: Record, views: Iterable[str]) -> str:
    """Return the notes for `views`."""
    since = f" after {record.before}" if record.before else ""
    parts = [f"# {record.version}\n\n{record.level.capitalize()} release{since}."]
    for name in views:
        body = "\n\n".join(filter(None, VIEWS[name].text(record)))
        parts.append(f"## {VIEWS[name].title}\n\n{body}")
    return "\n\n".join(parts) + "\n"


def _todo(record: Record) -> Iterator[str]:
    for row in (*record.controls.added, *record.controls.changed):
        if row.starts_to_block:
            yield f"{row.id} {row.title}: it blocks now. {_sentence(row.remedy)}".strip()
    for old, new in record.moved.items():
        yield f"`{old}` is now `{new}`" if new else f"`{old}` is no longer there"
    for name in record.removed_answers:
        yield f"the answer `{name}` is no longer offered"


def _until(record: Record, id_: str) -> str:
    day = record.controls.dates.get(id_)
    return f", and blocks from {day}" if day else ""


def _effect(name: str, effect: Effect) -> str:
    if not effect.repositories:
        return ""
    named = [key for key in ("current", "clean", "held") if key in effect.verdicts]
    columns = [*named, *(key for key in effect.verdicts if key not in named)]
    lines = [
        f"| {name} | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
        *(_line(tier, row, columns) for tier, row in effect.tiers.items()),
        _line("all", effect.verdicts, columns),
    ]
    said = ["\n".join(lines)]
    if effect.conflicts:
        said.append("Conflicts: " + ", ".join(f"`{p}` ({n})" for p, n in effect.conflicts.items()))
    if effect.blocked:
        said.append("Blocked by: " + ", ".join(f"{i} ({n})" for i, n in effect.blocked.items()))
    return "\n\n".join(said)


def _line(name: str, counts: Mapping[str, int], columns: list[str]) -> str:
    return f"| {name} | {' | '.join(f'{counts.get(key, 0):,}' for key in columns)} |"


def _sentence(remedy: str) -> str:
    return f"{remedy[:1].upper()}{remedy[1:]}." if remedy else ""


def _tiers(tiers: Iterable[int]) -> str:
    return ", ".join(map(str, tiers))


def _code(paths: Iterable[str]) -> Iterator[str]:
    return (f"`{path}`" for path in paths)


def _list(rows: Iterable[str]) -> str:
    return "\n".join(f"- {row}" for row in rows)
