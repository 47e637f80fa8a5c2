"""What takes one catalogue to another: controls, modes, dates and floors. Pure.

Which files of a control change is known per profile, and comes from the sync's own comparison.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prooflane.catalogue import Catalogue, Control
from prooflane.sync.controls import NOTHING, Difference, Kind

BLOCK, WARN = "block", "warn"
# what a catalogue says of a control that people see
FACTS = ("title", "mode", "tiers")


@dataclass(frozen=True, slots=True)
class Row:
    """A control that a release adds, changes or retires, and how; `joins` are tiers new to it."""

    id: str
    title: str
    how: str
    tiers: tuple[int, ...] = ()
    mode: str = ""
    was: str = ""
    why: str = ""
    remedy: str = ""
    joins: tuple[int, ...] = ()

    @property
    def starts_to_block(self) -> bool:
        """Whether it blocks now, and did not before, for everybody or in a tier."""
        return self.mode == BLOCK and (self.was != BLOCK or bool(self.joins))


@dataclass(frozen=True, slots=True)
class Delta:
    """The controls that change; `dates` say when a warning is announced to block."""

    added: tuple[Row, ...] = ()
    changed: tuple[Row, ...] = ()
    retired: tuple[Row, ...] = ()
    modes: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    floors: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All that changes."""
        return (*self.added, *self.changed, *self.retired)


def delta(old: Catalogue | None, new: Catalogue | None, seen: Iterable[Difference]) -> Delta:
    """Return what changes; `seen` is what syncs of golden repositories change in controls."""
    was = {control.id: control for control in (old or NOTHING).controls}
    now = {control.id: control for control in (new or NOTHING).controls}
    files = {row.id: row.how for row in seen if row.kind is Kind.changed}
    both = ((was[id_], now[id_]) for id_ in now if id_ in was)
    changed = (_changed(before, after, files.get(after.id, "")) for before, after in both)
    return Delta(
        added=tuple(_row(now[id_], "new") for id_ in now if id_ not in was),
        changed=tuple(row for row in changed if row),
        retired=tuple(_retired(control) for id_, control in was.items() if id_ not in now),
        modes={id_: control.mode for id_, control in now.items()},
        dates={id_: control.blocks_on for id_, control in now.items() if control.blocks_on},
        floors=(new or NOTHING).floors,
    )


def _row(control: Control, how: str, was: str = "", before: Iterable[int] = ()) -> Row:
    return Row(
        id=control.id,
        title=control.title,
        how=how,
        tiers=control.tiers,
        mode=control.mode,
        was=was,
        why=control.why,
        remedy=control.remedy,
        joins=tuple(tier for tier in control.tiers if tier not in before),
    )


def _retired(control: Control) -> Row:
    return _row(control, "no longer asked for", control.mode, control.tiers)


def _changed(before: Control, after: Control, files: str) -> Row | None:
    facts = [_fact(name, before, after) for name in FACTS]
    facts += [f"tightens on {after.blocks_on}"] if after.blocks_on != before.blocks_on else []
    # the sync names mode and title too: only its files are news here
    paths = [part for part in files.split(", ") if part and "→" not in part and "was " not in part]
    how = ", ".join(filter(None, (*facts, *paths)))
    return _row(after, how, before.mode, before.tiers) if how else None


def _fact(name: str, before: Control, after: Control) -> str:
    old, new = getattr(before, name), getattr(after, name)
    return "" if old == new else f"{name} {_said(old)} → {_said(new)}"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "none")
